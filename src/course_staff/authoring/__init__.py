"""From a lesson's text to the notebook a student gets, and the promises a lesson keeps."""
