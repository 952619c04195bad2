"""What is alike to an ear: sounds as rows of numbers whose distances an ear would agree with."""
