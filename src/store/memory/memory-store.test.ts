import { storeConformance } from '../store.conformance.ts';
import { MemoryStore } from './memory-store.ts';

storeConformance('memory', async clock => new MemoryStore(clock));
