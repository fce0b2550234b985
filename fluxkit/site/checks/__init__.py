"""What holds between sections: settings that contradict or lack each other."""
