"""Lists of the units that owe a return, kept by an officer, and the units that owe one."""
