import { namespaces } from '#api/generated/refs.ts';
import { type Clock, sleep } from '#base/clock.ts';
import { type Random, randomInt } from '#base/random.ts';
import type { Intent } from './intent.ts';
import { stories } from './stories/registry.ts';
import type { Step, Story } from './stories/story.ts';
import type { User } from './user.ts';

export interface ScenarioOptions {
  readonly user: User;
  readonly clock: Clock;
  readonly random: Random;
  readonly intent: Intent;
}

// So that a run is about as long however many stories it has.
const pausesMs = 110_000;

/** What users do in one run: some of the stories, told at the same time, each in its own namespace. */
export class Scenario {
  readonly #options: ScenarioOptions;
  readonly #stories: readonly Story[];

  constructor(options: ScenarioOptions) {
    this.#options = options;
    const { random } = options;
    const share = [0.1, 0.3, 0.6][randomInt(random, 3)]!;
    const chosen = stories.filter(() => random.next() < share);
    this.#stories = chosen.length > 0 ? chosen : [stories[randomInt(random, stories.length)]!];
  }

  get text(): string {
    return this.#stories.map(({ name }) => name).join(', ');
  }

  async run(): Promise<void> {
    const tracks = this.#stories.map(story => [...this.#stepsOf(story)]);
    const pauseMs = Math.ceil(pausesMs / tracks.reduce((sum, track) => sum + track.length, 0));
    for (let left = tracks; left.length > 0; left = left.filter(track => track.length > 0)) {
      await left[randomInt(this.#options.random, left.length)]!.shift()!();
      await this.#pause(2 * pauseMs);
    }
    await this.#pause(20_000);
  }

  #stepsOf(story: Story): readonly Step[] {
    const { user } = this.#options;
    const namespace = story.name;
    const begin = () => user.create(namespaces, { metadata: { name: namespace } });
    return [begin, ...story.steps({ ...this.#options, namespace })];
  }

  async #pause(maxMs: number): Promise<void> {
    const { clock, random } = this.#options;
    // Often too short for the cluster to have done anything yet.
    await sleep(clock, random.next() < 0.3 ? randomInt(random, 20) : randomInt(random, maxMs));
  }
}
