//! Who must hear of a change: membership, matching, recording, reselection.
