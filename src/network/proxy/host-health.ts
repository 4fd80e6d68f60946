import { createServer } from 'node:http';
import type { HealthSockets } from './health-checks.ts';

/** Adapter: HTTP on addresses of this host. */
export const hostHealthSockets: HealthSockets = {
  listen: (port, answer, host = '0.0.0.0') =>
    new Promise((resolve, reject) => {
      const server = createServer(({ url = '/' }, response) => {
        const { status, headers, body } = answer(url.split('?')[0]!);
        response.writeHead(status, headers).end(body);
      });
      server.once('error', reject);
      server.listen(port, host, () => {
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
