"""What a careful colleague would ask of a station's data: named checks on arrays, each with its sentence."""
