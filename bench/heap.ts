import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** MiB of this process's heap that are still in use after everything that can go has gone. */
export function heapMib(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
