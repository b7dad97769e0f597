"""What Gradio draws and answers: the form that follows the model, and its events."""
