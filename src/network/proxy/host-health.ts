import { createServer } from 'node:http';
import type { HealthSockets } from './health-checks.ts';

/** Adapter: HTTP on every address of this host, as node ports are. */
export const hostHealthSockets: HealthSockets = {
  listen: (port, answer) =>
    new Promise((resolve, reject) => {
      const server = createServer((_, response) => {
        const { status, headers, body } = answer();
        response.writeHead(status, headers).end(body);
      });
      server.once('error', reject);
      server.listen(port, '0.0.0.0', () => {
        resolve({
          [Symbol.asyncDispose]: () =>
            new Promise<void>(closed => {
              server.close(() => closed());
              server.closeAllConnections();
            }),
        });
      });
    }),
};
