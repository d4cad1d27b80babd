//! What every process needs: start and stop, tasks, configuration, logs, health, chance.
