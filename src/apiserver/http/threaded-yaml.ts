import { Worker } from 'node:worker_threads';
import type { Clock } from '#base/clock.ts';
import { Fifo } from '#base/fifo.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { statusError } from '#machinery/status.ts';
import type { YamlReading } from '#machinery/yaml.ts';
import type { YamlReader } from '../yaml-reader.ts';
import type { YamlReply } from './yaml-messages.ts';

/** Texts that wait for the thread; whoever comes with another is to come again. */
const waitingMax = 64;
/** A body of 3 MiB that is all keys takes a third of it. */
const heapMiBMax = 1024;
/** A thread that has nothing to do for so long ends: most servers never need one. */
const idleMsMax = 60_000;

interface Owed {
  readonly resolve: (reading: YamlReading) => void;
  readonly reject: (error: Error) => void;
}

/** Reads YAML in a thread, which starts with the first text; one that ends in the midst of a text is replaced for the next. */
export class ThreadedYaml implements YamlReader {
  readonly #clock: Clock;
  readonly #heapMiB: number;
  #thread: Worker | undefined;
  #owed = new Fifo<Owed>();
  #idle: Disposable | undefined;
  #isDisposed = false;

  constructor(clock: Clock, heapMiB = heapMiBMax) {
    this.#clock = clock;
    this.#heapMiB = heapMiB;
  }

  read(text: string): Promise<YamlReading> {
    if (this.#isDisposed) return Promise.reject(statusError.unavailable('the server is shutting down'));
    if (this.#owed.size >= waitingMax)
      return Promise.reject(statusError.tooManyRequests('too many large bodies in YAML are being read'));
    this.#idle?.[Symbol.dispose]();
    this.#thread ??= this.#start();
    this.#thread.postMessage(text);
    return new Promise((resolve, reject) => this.#owed.push({ resolve, reject }));
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#end('the server is shutting down');
  }

  #start(): Worker {
    const thread = new Worker(new URL('./yaml-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: this.#heapMiB },
    });
    thread.on('message', (reply: YamlReply) => {
      if (this.#thread === thread) this.#answer(reply);
    });
    const ended = (why: string) => {
      if (this.#thread === thread) this.#end(why);
    };
    thread.on('error', (error: Error) => ended(error.message));
    thread.on('exit', () => ended('it ended'));
    return thread;
  }

  #answer(reply: YamlReply): void {
    const { resolve, reject } = this.#owed.shift()!;
    if ('problem' in reply) reject(new DecodeError(reply.problem));
    else if ('failure' in reply) reject(unreadable(reply.failure));
    else resolve(reply);
    if (this.#owed.size > 0) return;
    this.#idle = this.#clock.after(idleMsMax, () => this.#end('it is idle'));
  }

  #end(why: string): void {
    this.#idle?.[Symbol.dispose]();
    const thread = this.#thread;
    this.#thread = undefined;
    const owed = this.#owed;
    this.#owed = new Fifo();
    while (owed.size > 0) owed.shift()!.reject(unreadable(why));
    void thread?.terminate();
  }
}

function unreadable(why: string): Error {
  return statusError.internal(`the body could not be read as YAML: ${why}`);
}
