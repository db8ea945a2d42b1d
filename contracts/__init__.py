"""What was promised: agreements with frozen terms and signatures."""
