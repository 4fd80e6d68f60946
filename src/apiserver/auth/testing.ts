import assert from 'node:assert/strict';
import { loadSchemas } from '#api/schemas.ts';
import { builtInResources } from '#api/registry.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { type Client, createClient } from '#client/client.ts';
import type { KubeObject } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { ensureObjects } from '../bootstrap/ensure.ts';
import { bootstrapObjects } from '../bootstrap/objects.ts';
import { type UserInfo, loopbackUser } from '../identity.ts';
import { createInProcessTransport } from '../in-process.ts';
import { type PemFiles, createPki } from '../pki/pki.ts';
import { ApiServer } from '../server.ts';
import { bootstrapRbac } from './bootstrap-policy/bootstrap-rbac.ts';
import { type ClusterSecurity, createSecurity } from './security.ts';

/** An API server with its bootstrap objects and its real security, for tests of who may do what. */
export interface SecureServer extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly pki: PemFiles;
  readonly security: ClusterSecurity;
  readonly admin: Client;
  as(name: string, ...groups: string[]): Client;
  create(...objects: object[]): Promise<void>;
  readonly server: ApiServer;
  /** Starts what the server itself keeps in order. */
  run(): void;
}

/** `settle` lets every microtask run, for the clock. */
export async function startSecureServer(
  settle: () => Promise<void>,
  serviceCidrs: readonly string[] = ['10.96.0.0/16'],
): Promise<SecureServer> {
  const clock = new VirtualClock(settle);
  const random = new SeededRandom(1);
  const pki = createPki({ clock, nodeName: 'a', nodeIps: ['10.0.0.1'], serviceIp: '10.96.0.1' });
  const store = new MemoryStore(clock);
  let security: ClusterSecurity | undefined;
  const server = await ApiServer.start({
    store,
    definitions: builtInResources,
    schemas: loadSchemas(),
    clock,
    random,
    log: silentLog,
    hostname: 'here',
    serviceAllocation: { cidrs: serviceCidrs, nodePorts: [30_000, 32_767] },
    security: state => {
      security = createSecurity({ schemas: loadSchemas(), pki: () => pki, clock, random, log: silentLog })(
        state,
      );
      return security;
    },
  });
  const clientOf = (user: UserInfo) => createClient(createInProcessTransport(server, user));
  const create = (objects: readonly object[]) =>
    ensureObjects(server, createInProcessTransport(server, loopbackUser), objects as KubeObject[]);
  await create([...bootstrapObjects({ serviceCidrs }), ...bootstrapRbac()]);
  return {
    clock,
    pki,
    security: security!,
    admin: clientOf(loopbackUser),
    as: (name, ...groups) => clientOf({ name, groups: [...groups, 'system:authenticated'] }),
    async create(...objects) {
      // One after the other: pods need their service accounts.
      for (const object of objects) await create([object]);
    },
    server,
    run: () => server.run(clientOf(loopbackUser)),
    async [Symbol.asyncDispose]() {
      server[Symbol.dispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

const rbacGroup = 'rbac.authorization.k8s.io';

/** Asserts that it is forbidden, in these words. */
export async function refused(promise: Promise<unknown>, message: string | RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof StatusError, String(error));
    assert.equal(error.code, 403, error.message);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

export function roleBindingOf(name: string, role: string, user: string, namespace?: string) {
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind: namespace ? 'RoleBinding' : 'ClusterRoleBinding',
    metadata: { name, ...(namespace ? { namespace } : {}) },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', apiGroup: rbacGroup, name: user }],
  };
}
