"""Data sets for the Hugging Face Hub: the folder, its card, its Croissant file, and uploading."""
