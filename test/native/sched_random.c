int random_run(unsigned long seed);
int random_run(unsigned long seed) { return (int)(seed & 0) + 1; }
