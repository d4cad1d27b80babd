//! A fictitious population, its daily extracts, and a receiver of advisories.
