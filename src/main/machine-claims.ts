import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Takes the name of a cluster with real containers, whose sockets, bridge and rules bear it, until it is disposed of, or this
 * process ends. Throws where a cluster of another data folder runs by it.
 */
export async function claimClusterName(name: string): Promise<AsyncDisposable> {
  const claim = await claimNames([`coxswain cluster ${name}`]);
  if (claim) return claim;
  throw new Error(
    `a cluster ${name} runs on this machine from another --data-dir: give that, or choose another --name`,
  );
}

/** All of the names, or none. */
export async function claimNames(names: readonly string[]): Promise<AsyncDisposable | undefined> {
  await using claims = new AsyncDisposableStack();
  for (const name of names) {
    const claim = await claimName(name);
    if (!claim) return undefined;
    claims.use(claim);
  }
  return claims.move();
}

/**
 * A name that one process of this machine's network namespace has at a time, as long as it lives. Undefined: another
 * has it. It is the name of an abstract socket, so nothing is left behind whatever happens to the process.
 */
async function claimName(name: string): Promise<AsyncDisposable | undefined> {
  const server = createServer(socket => socket.destroy());
  try {
    server.listen(`\0${name}`);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  server.unref();
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
