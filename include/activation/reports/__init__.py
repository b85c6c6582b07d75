"""What people read in the morning: HTML pages and files below HOME/reports/<day>/."""
