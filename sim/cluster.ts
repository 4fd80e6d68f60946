import type { Log } from '#base/log.ts';
import { type Random, SeededRandom } from '#base/random.ts';
import type { VirtualClock } from '#base/virtual-clock.ts';
import { type Client, createClient } from '#client/client.ts';
import { createInProcessTransport } from '#apiserver/in-process.ts';
import { loopbackUser } from '#apiserver/identity.ts';
import { ControlPlane } from '#main/control-plane.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { type Component, type ComponentName, components, type NodePool } from './components.ts';
import { CrashableStore } from './crashable-store.ts';
import { errorText, type FaultModel } from './faults.ts';
import { Lifeline } from '#explore/lifeline.ts';
import { Link } from './link.ts';
import type { Server } from './link-options.ts';
import { ProcessClock } from '#explore/process-clock.ts';
import { RunLog } from './run-log.ts';
import type { Transcript } from './transcript.ts';

export type ProcessName = ComponentName | 'apiserver';

export const processNames: readonly ProcessName[] = ['apiserver', 'controllers', 'nodes', 'scheduler'];

export interface SimulatedClusterOptions {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly faults: FaultModel;
  readonly transcript: Transcript;
  readonly nodes: NodePool;
  /** Hears what a live process logs as an error: something that should not happen, whatever fails around it. */
  readonly onError: (who: string, what: string) => void;
}

interface Process {
  readonly life: Lifeline;
  readonly component: Component;
}

/**
 * A cluster of separate processes on one virtual clock: an API server over a store that outlives it, the controller
 * manager, the scheduler and the nodes. Each has a link to the API server of its own, and can die at any moment.
 */
export class SimulatedCluster implements AsyncDisposable {
  readonly store: MemoryStore;
  readonly #options: SimulatedClusterOptions;
  readonly #processes = new Map<ComponentName, Process>();
  readonly #clocks: ReadonlyMap<ProcessName, ProcessClock>;
  readonly #dying: Promise<void>[] = [];
  readonly #clients = new Lifeline();
  #server: (Server & { readonly plane: ControlPlane }) | undefined;
  #serverLife: Lifeline | undefined;

  constructor(options: SimulatedClusterOptions) {
    this.#options = options;
    this.store = new MemoryStore(options.clock);
    this.#clocks = new Map(processNames.map(name => [name, new ProcessClock(options.clock)]));
  }

  runs(name: ProcessName): boolean {
    return name === 'apiserver' ? this.#serverLife !== undefined : this.#processes.has(name);
  }

  component(name: ComponentName): Component | undefined {
    return this.#processes.get(name)?.component;
  }

  /** Sets a process's wall clock to be ahead by so much. */
  setClock(name: ProcessName, skewMs: number): void {
    const clock = this.#clocks.get(name)!;
    if (clock.skewMs === skewMs) return;
    this.#options.transcript.add(name, `has its clock set ${(skewMs - clock.skewMs) / 1000} s on`);
    clock.skewMs = skewMs;
  }

  /** Starts one process; it comes up in its own time. */
  start(name: ProcessName): void {
    if (this.runs(name)) return;
    this.#options.transcript.add(name, 'starts');
    if (name === 'apiserver') this.#startServer();
    else this.#startComponent(name);
  }

  /** Ends it at once, in the middle of whatever it does. */
  kill(name: ProcessName): void {
    if (!this.runs(name)) return;
    this.#options.transcript.add(name, 'is killed');
    if (name === 'apiserver') this.#killServer();
    else this.#killComponent(name);
  }

  /** A client that meets no faults but outages of the API server. */
  clientFor(name: string): Client {
    return createClient(this.#link(name, this.#clients, true));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#processes.keys()) this.#killComponent(name);
    this.#killServer();
    this.#clients.end();
    await Promise.all(this.#dying);
    await this.store[Symbol.asyncDispose]();
  }

  #link(name: string, life: Lifeline, spared: boolean): Link {
    const { clock, faults, transcript } = this.#options;
    return new Link({ name, clock, faults, spared, transcript, life, server: () => this.#server });
  }

  #log(name: string, life: Lifeline): Log {
    return new RunLog(what => {
      if (!life.over) this.#options.onError(name, what);
    });
  }

  /** Each life of a process draws from a generator of its own, so that what one does leaves the others' luck alone. */
  #newRandom(): Random {
    return new SeededRandom(Math.floor(this.#options.random.next() * 2 ** 32));
  }

  #startComponent(name: ComponentName): void {
    const { nodes, transcript, clock } = this.#options;
    const life = new Lifeline();
    const component = components[name]({
      client: createClient(this.#link(name, life, false)),
      clock: this.#clocks.get(name)!,
      random: this.#newRandom(),
      log: this.#log(name, life),
      nodes,
    });
    this.#processes.set(name, { life, component });
    component.started.then(
      () => life.over || transcript.add(name, 'is up'),
      (error: Error) => {
        if (life.over) return;
        // As a supervisor does with a process that exits.
        transcript.add(name, `failed to start: ${errorText(error)}`);
        this.#killComponent(name);
        clock.after(1000, () => this.start(name));
      },
    );
  }

  #killComponent(name: ComponentName): void {
    const process = this.#processes.get(name);
    if (!process) return;
    this.#processes.delete(name);
    process.life.end();
    this.#dying.push(Promise.resolve(process.component[Symbol.asyncDispose]()));
  }

  #startServer(): void {
    const life = new Lifeline();
    this.#serverLife = life;
    this.#openServer(life).then(
      plane => {
        if (life.over) {
          this.#dying.push(Promise.resolve(plane[Symbol.asyncDispose]()));
          return;
        }
        const transport = createInProcessTransport(plane.server, loopbackUser);
        this.#server = { plane, life, transport };
        this.#options.transcript.add('apiserver', 'is up');
      },
      (error: Error) => {
        if (!life.over) this.#options.onError('apiserver', `failed to start: ${error.stack}`);
      },
    );
  }

  #openServer(life: Lifeline): Promise<ControlPlane> {
    return ControlPlane.start({
      store: new CrashableStore(this.store, life),
      clock: this.#clocks.get('apiserver')!,
      random: this.#newRandom(),
      log: this.#log('apiserver', life),
      pki: () => {
        throw new Error('nobody proves anything to a simulated API server');
      },
      rootCa: '',
      serviceCidrs: ['10.96.0.0/16'],
    });
  }

  #killServer(): void {
    this.#serverLife?.end();
    this.#serverLife = undefined;
    if (this.#server) this.#dying.push(Promise.resolve(this.#server.plane[Symbol.asyncDispose]()));
    this.#server = undefined;
  }
}
