"""What a run says to a CI system: annotation, summary, outputs, JUnit XML, a pull request's comment."""
