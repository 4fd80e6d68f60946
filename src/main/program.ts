import { runCli } from '#cli/index.ts';
import { nodeConnect } from '#cli/node-connection.ts';
import { nodeIo } from '#cli/node-io.ts';
import { clusterCommands } from './commands/registry.ts';
import { systemClock, systemRandom } from './system.ts';

const io = nodeIo(systemClock, systemRandom());
process.exitCode = await runCli(process.argv.slice(2), {
  io,
  connect: nodeConnect,
  commands: clusterCommands,
  program: process.argv0 === 'kubectl' ? 'kubectl' : 'coxswain',
});
io[Symbol.dispose]();
