"""Grant and framework agreements (umowy o dofinansowanie, umowy ramowe), their amendments (aneksy) and the caps."""
