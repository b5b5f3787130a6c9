"""Applications recommended for signing (wnioski rekomendowane do podpisania): accepted, not signed, not given up.

An application comes onto the list with its acceptance and leaves it for good with the first of its signing, its
withdrawal and its rejection. Which of these is heard of first does not matter: whoever writes one of them computes the
application's steps before and after it, while holding the application's lock.
"""
