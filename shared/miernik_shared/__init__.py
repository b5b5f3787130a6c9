"""Code that several services of Miernik use and that contains no rule of the programme."""
