"""Object stores and other remote places, through fsspec: reached, listed, read and written."""
