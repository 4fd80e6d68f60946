import { issuedBody } from '#api/certificates/certificate-signing-request/testing.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import { InformerFactory } from '#client/informer.ts';
import { builtInControllers, type ControllerOptions } from '#controllers/registry.ts';
import type { CertificateAuthority } from '#controllers/shared/certificate-requests.ts';
import { HollowFleet } from '#kubelet/hollow/fleet.ts';
import { createManager } from '#runtime/manager.ts';
import { createScheduler } from '#scheduler/scheduler.ts';

/** What one process of the simulated cluster is given. */
export interface Environment {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly nodes: NodePool;
}

/** The machines of a simulated cluster. */
export interface NodePool {
  readonly count: number;
  readonly capacity: Readonly<Record<string, string>>;
}

/** A running process. */
export interface Component extends AsyncDisposable {
  /** Resolves when it does its work. */
  readonly started: Promise<void>;
  readonly informers: InformerFactory;
  /** Of the one that runs the nodes. */
  readonly fleet?: HollowFleet;
}

const none = { dnsNames: [], ips: [], emails: [], uris: [] };

/** Takes every request for a node's, and gives every one the same certificate. */
const authority: CertificateAuthority = {
  read: () => ({ commonName: 'system:node:one', organizations: ['system:nodes'], ...none }),
  sign: () => btoa(`-----BEGIN CERTIFICATE-----\n${issuedBody}\n-----END CERTIFICATE-----\n`),
  endOf: () => undefined,
};

/** A cluster without keys. */
export const controllerOptions: ControllerOptions = {
  rootCa: 'CA',
  authority,
  issueSecretToken: () => 'token',
  nodeCidrs: { clusterCidrs: ['10.244.0.0/16'] },
};

function controllerManager(environment: Environment): Component {
  const { client } = environment;
  const informers = new InformerFactory(client, environment);
  const manager = createManager({
    ...environment,
    informers,
    controllers: builtInControllers(controllerOptions),
  });
  return {
    started: manager.start(),
    informers,
    async [Symbol.asyncDispose]() {
      informers[Symbol.dispose]();
      await manager.stop();
    },
  };
}

function scheduler(environment: Environment): Component {
  const informers = new InformerFactory(environment.client, environment);
  const scheduler = createScheduler({ ...environment, informers, hostname: 'simulated' });
  informers.start();
  return {
    started: scheduler.start(),
    informers,
    async [Symbol.asyncDispose]() {
      informers[Symbol.dispose]();
      await scheduler[Symbol.asyncDispose]();
    },
  };
}

function nodes(environment: Environment): Component {
  const { count, capacity } = environment.nodes;
  const informers = new InformerFactory(environment.client, environment);
  const fleet = new HollowFleet({ ...environment, informers, nodes: count, capacity });
  informers.start();
  return {
    started: fleet.start(),
    informers,
    fleet,
    async [Symbol.asyncDispose]() {
      informers[Symbol.dispose]();
      await fleet[Symbol.asyncDispose]();
    },
  };
}

/** Every process but the API server, by the name that a transcript gives it. */
export const components = {
  controllers: controllerManager,
  nodes,
  scheduler,
} satisfies Record<string, (environment: Environment) => Component>;

export type ComponentName = keyof typeof components;
