"""The service under load: stations that enroll, clients that verify and identify, all of them simulated people."""
