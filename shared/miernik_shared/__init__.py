"""What at least two services of Miernik need and that holds no rule of the programme."""
