import { startFast } from './fast-start.ts';

// Everything else is imported after this has taken effect, so this file and what it imports stay small.
startFast();
await import('./program.ts');
