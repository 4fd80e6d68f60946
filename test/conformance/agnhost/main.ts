import { fetchUrls, lookup, sendUdp } from './clients.ts';
import { guestbook } from './guestbook.ts';
import { checkIssuer } from './issuer.ts';
import { grpcHealth, liveness, netexec } from './servers.ts';

/**
 * The program of the conformance image: small servers and clients by name, as rows need them inside of containers. It runs
 * there on its own, so it imports nothing but Node's modules.
 */
const commands: Readonly<Record<string, (words: readonly string[]) => unknown>> = {
  'entrypoint-tester': words => console.log(JSON.stringify(['entrypoint-tester', ...words])),
  fetch: fetchUrls,
  'grpc-health': grpcHealth,
  guestbook,
  issuer: checkIssuer,
  liveness,
  lookup,
  netexec,
  udp: sendUdp,
};

process.on('SIGTERM', () => process.exit(0));
const [name = '', ...words] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  console.error(`no command ${name}`);
  process.exit(2);
}
await command(words);
