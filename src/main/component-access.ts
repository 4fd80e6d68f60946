/** Who may look at a component from outside, by its flags. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { configMaps } from '#api/generated/refs.ts';
import type { ConfigMap } from '#api/generated/types/core.v1.ts';
import type { Flag, FlagValues } from '#cli/core/flags.ts';
import { type Client, createClient } from '#client/client.ts';
import { createHttpsTransport } from '#client/https.ts';
import { InformerFactory } from '#client/informer.ts';
import type { InformerSeams } from '#client/informer-options.ts';
import { accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import {
  type ComponentServer,
  type ListenOptions,
  listenOptionsOf,
  serveComponent,
} from './component-server.ts';
import { DelegatedAccess } from './delegated-access.ts';

const openPaths = '/healthz,/readyz,/livez';

export const accessFlags: readonly Flag[] = [
  {
    name: 'authentication-kubeconfig',
    type: 'string',
    help: 'Of the API server that says who the bearer of a token is. Default: the one that the component works for.',
  },
  {
    name: 'authorization-kubeconfig',
    type: 'string',
    help: 'Of the API server that says who may read what. Default: the one that the component works for.',
  },
  {
    name: 'authorization-always-allow-paths',
    type: 'list',
    default: openPaths,
    help: 'Paths that anybody may read.',
  },
  {
    name: 'client-ca-file',
    type: 'string',
    help: 'PEM of the CA of clients’ certificates. Default: the one that the API server trusts.',
  },
  {
    name: 'authentication-skip-lookup',
    type: 'bool',
    help: 'Do not ask the API server which CA it trusts.',
  },
];

export interface ComponentSeams extends InformerSeams {
  /** What the component calls itself. */
  readonly name: string;
}

/** What the component's flags want served, with who may read it settled by `client` unless they say otherwise. */
export async function openComponentServer(
  flags: FlagValues,
  client: Client,
  seams: ComponentSeams,
): Promise<ComponentServer | undefined> {
  const listen = await listenOptionsOf(flags);
  return listen && componentServerOn(listen, flags, client, seams);
}

/** The same, listening where it is told to. */
export async function componentServerOn(
  listen: ListenOptions,
  flags: FlagValues,
  client: Client,
  seams: ComponentSeams,
): Promise<ComponentServer> {
  await using stack = new AsyncDisposableStack();
  const reviewer = (flag: string) => {
    const path = flags.string(flag);
    return path ? createClient(stack.use(createHttpsTransport({ access: accessIn(path) }))) : client;
  };
  const authentication = reviewer('authentication-kubeconfig');
  const authorization = reviewer('authorization-kubeconfig');
  const allowed = flags.changed('authorization-always-allow-paths')
    ? flags.list('authorization-always-allow-paths')
    : openPaths.split(',');
  const access = new DelegatedAccess({ ...seams, authentication, authorization, openPaths: allowed });
  const server = stack.use(await serveComponent({ ...listen, ...seams, flags: flags.texts(), access }));
  const caFile = flags.string('client-ca-file');
  if (caFile) server.trust(await readFile(caFile, 'utf8'));
  else if (!flags.bool('authentication-skip-lookup'))
    stack.use(followClientCa(authentication, seams, server));
  const owned = stack.move();
  return { ...server, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function accessIn(path: string) {
  const read = (file: string) => readFileSync(resolve(dirname(path), file), 'utf8');
  return accessOf(parseKubeConfig(readFileSync(path, 'utf8')), read);
}

/** Trusts the CA that the API server tells extension servers to trust. */
function followClientCa(client: Client, seams: InformerSeams, server: ComponentServer): Disposable {
  const informers = new InformerFactory(client, seams);
  const trust = ({ data }: ConfigMap) => {
    const ca = data?.['client-ca-file'];
    if (ca) server.trust(ca);
  };
  const named = {
    namespace: 'kube-system',
    fieldSelector: 'metadata.name=extension-apiserver-authentication',
  };
  informers.informer(configMaps, named).on({ added: trust, updated: trust });
  informers.start();
  return informers;
}
