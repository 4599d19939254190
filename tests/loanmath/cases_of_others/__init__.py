"""Results that others computed, held against the kernel; every case is sorted (`sorting.py`)."""
