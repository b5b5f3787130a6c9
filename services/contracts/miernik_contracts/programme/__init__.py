"""What this service knows of the programme (drzewo programu) and of applications: learnt from the feed of calls.

What was learnt is kept for ever, with the position of this service's own log at which it was, so that a table known at
a past moment stays as it was. A rebuild of the projection therefore empties nothing: it reads the feed again from its
first event, passes over what is known and adds what is missing or was understood otherwise, dated now.
"""
