import { CliError } from '../errors.ts';
import type { ApiClient } from './api-client.ts';

/** The Kubernetes that this client speaks. */
export const clientVersion = { major: '1', minor: '36', gitVersion: 'v1.36.0', platform: 'typescript' };

/** Refuses a server of another version (--match-server-version). */
export async function checkServerVersion(api: ApiClient): Promise<void> {
  const server = (await api.request({ method: 'GET', path: '/version' })) as { gitVersion?: string };
  if (server.gitVersion !== clientVersion.gitVersion)
    throw new CliError(
      `server version (${server.gitVersion ?? ''}) differs from client version (${clientVersion.gitVersion})`,
    );
}
