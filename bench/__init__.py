"""Quality and speed, measured side by side with the peers; results are kept in bench/results/."""
