import { parse } from 'yaml';
import type { ContainerStatus, SandboxStatus } from '#kubelet/runtime.ts';
import type { ContainerSpec, Pod } from '#kubelet/types.ts';
import { Backoff, restartBackoffLimits } from '#kubelet/lifecycle/backoff.ts';
import {
  arrange,
  containerHash,
  type ObservedPod,
  type PodView,
  plainView,
  runtimeKeys,
} from '#kubelet/lifecycle/observed.ts';
import { type PodPlan, planPod } from '#kubelet/lifecycle/plan.ts';
import { backoffKey } from '#kubelet/lifecycle/plan-draft.ts';
import { podStatus } from '#kubelet/lifecycle/pod-status.ts';
import { allContainers } from '#kubelet/lifecycle/spec.ts';

const epochMs = Date.UTC(2026, 0, 1);

/**
 * A pod's life told as a script, for tests: a line is a command, and what it answers follows it. The world is a list
 * of sandboxes and containers that the plans of the pure core are applied to at once.
 */
export class Scenario {
  readonly #backoff = new Backoff(restartBackoffLimits);
  readonly #probes = new Map<string, string>();
  #pod: Pod = podOf({});
  #sandboxes: SandboxStatus[] = [];
  #containers: ContainerStatus[] = [];
  #nowMs = epochMs;
  #sequence = 0;
  #problems = new Map<string, { reason: string; message: string }>();
  #finished = false;

  /** Runs one command; the answer is text without a newline at its end. */
  run(command: string, body: string): string {
    const [verb, ...words] = command.trim().split(/\s+/);
    switch (verb) {
      case 'pod':
        this.#pod = podOf(parse(body));
        return '';
      case 'sync':
        return this.#sync();
      case 'exit':
        return this.#exit(words[0]!, Number(words[1]));
      case 'wait':
        this.#nowMs += Number(words[0]) * 1_000;
        return '';
      case 'probe':
        this.#probes.set(`${words[0]} ${words[1]}`, words[2]!);
        return '';
      case 'problem':
        this.#problems.set(words[0]!, { reason: words[1]!, message: words.slice(2).join(' ') });
        return '';
      case 'solve':
        this.#problems.delete(words[0]!);
        return '';
      case 'image':
        for (const container of allContainers(this.#pod))
          if (container.name === words[0]) container.image = words[1]!;
        return '';
      case 'lose-sandbox':
        this.#sandboxes = this.#sandboxes.map(s => ({ ...s, state: 'NOTREADY', ips: [] }));
        this.#containers = this.#containers.map(c => (c.state === 'RUNNING' ? this.#ended(c, 137) : c));
        return '';
      case 'status':
        return this.#status();
      default:
        throw new Error(`no such command: ${command}`);
    }
  }

  get #observed(): ObservedPod {
    return arrange(this.#sandboxes, this.#containers);
  }

  /** Probes are told by container name: `probe main ready false`; what is not told is well. */
  get #view(): PodView {
    const nameOf = (id: string) => this.#containers.find(c => c.id === id)!.name;
    const told = (id: string, what: string) => this.#probes.get(`${nameOf(id)} ${what}`);
    return {
      ...plainView,
      problem: name => this.#problems.get(name),
      started: id => told(id, 'started') !== 'false',
      ready: id => told(id, 'ready') !== 'false',
      failedProbe: id => {
        const failed = told(id, 'failed');
        return failed === 'liveness' || failed === 'startup' ? failed : undefined;
      },
    };
  }

  #plan(): PodPlan {
    const { view, observed } = { view: this.#view, observed: this.#observed };
    const plan = planPod({ pod: this.#pod, observed, view, backoff: this.#backoff, nowMs: this.#nowMs });
    return { ...plan, start: plan.start.filter(({ container }) => !this.#problems.has(container.name)) };
  }

  #sync(): string {
    const lines: string[] = [];
    for (let round = 0; round < 20; round++) {
      const plan = this.#plan();
      const before = lines.length;
      this.#apply(plan, lines);
      if (lines.length === before || this.#finished) break;
    }
    return lines.length === 0 ? 'nothing to do' : [...new Set(lines)].join('\n');
  }

  #apply(plan: PodPlan, lines: string[]): void {
    if (plan.killPod) {
      lines.push('kill pod');
      this.run('lose-sandbox', '');
    }
    if (plan.killPod && plan.createSandbox === undefined) this.#finished = true;
    if (plan.createSandbox !== undefined) {
      lines.push(`create sandbox ${plan.createSandbox}`);
      this.#sandboxes.push(this.#sandbox(plan.createSandbox));
    }
    for (const { status, message } of plan.kill) {
      lines.push(`kill ${status.name}: ${message}`);
      this.#probes.delete(`${status.name} failed`);
      this.#replace(this.#ended(status, 137));
    }
    for (const { container, attempt, previousEndMs } of plan.start) {
      lines.push(`start ${container.name} ${attempt}`);
      if (previousEndMs !== undefined) {
        this.#backoff.next(backoffKey(this.#pod, container), previousEndMs, this.#nowMs);
      }
      this.#containers.push(this.#container(container, attempt));
    }
    for (const { container, untilMs } of plan.backoffs) {
      const line = `back-off ${container.name} for ${(untilMs - this.#nowMs) / 1_000}s`;
      if (!lines.includes(line)) lines.push(line);
    }
  }

  #exit(name: string, exitCode: number): string {
    const running = this.#containers.find(c => c.name === name && c.state === 'RUNNING');
    if (!running) return `${name} does not run`;
    this.#replace(this.#ended(running, exitCode));
    return '';
  }

  #replace(status: ContainerStatus): void {
    this.#containers = this.#containers.map(c => (c.id === status.id ? status : c));
  }

  #ended(status: ContainerStatus, exitCode: number): ContainerStatus {
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    return { ...status, state: 'EXITED', exitCode, reason, finishedAtMs: this.#nowMs };
  }

  #sandbox(attempt: number): SandboxStatus {
    return {
      id: `s${attempt}`,
      metadata: { name: 'p', namespace: 'ns', uid: 'u', attempt },
      state: 'READY',
      createdAtMs: this.#nowMs,
      labels: {},
      annotations: {},
      ips: [`10.0.0.${attempt + 1}`],
      netns: '',
    };
  }

  #container(container: ContainerSpec, attempt: number): ContainerStatus {
    return {
      id: `c${this.#sequence}`,
      sandboxId: `s${this.#sandboxes.length - 1}`,
      name: container.name,
      attempt,
      image: container.image ?? '',
      imageId: '',
      state: 'RUNNING',
      // A running number breaks the tie between what is made in the same instant.
      createdAtMs: this.#nowMs + this.#sequence++ / 1_000,
      labels: {},
      annotations: { [runtimeKeys.containerHash]: containerHash(container) },
      startedAtMs: this.#nowMs,
      finishedAtMs: 0,
      exitCode: 0,
      reason: '',
      message: '',
      logPath: '',
    };
  }

  #status(): string {
    const status = podStatus({
      pod: this.#pod,
      observed: this.#observed,
      view: this.#view,
      backoffs: this.#plan().backoffs,
      runtimeName: 'test',
      finished: this.#finished,
      hostIps: ['192.0.2.1'],
      nowMs: this.#nowMs,
    });
    this.#pod = { ...this.#pod, status };
    const conditions = status.conditions!.map(c => `${c.type}=${c.status}${c.reason ? `(${c.reason})` : ''}`);
    const all = [...(status.initContainerStatuses ?? []), ...status.containerStatuses!];
    const containers = all.map(({ name, state, lastState, ready, started, restartCount }) => {
      const last = lastState?.terminated
        ? ` last=${lastState.terminated.reason}/${lastState.terminated.exitCode}`
        : '';
      return `${name}: ${stateText(state)} ready=${ready} started=${started} restarts=${restartCount}${last}`;
    });
    return [`${status.phase} ${status.podIP ?? '-'}`, conditions.join(' '), ...containers].join('\n');
  }
}

function stateText(
  state: NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]['state'],
): string {
  if (state?.running) return 'running';
  if (state?.terminated) return `terminated ${state.terminated.reason}/${state.terminated.exitCode}`;
  const { reason, message } = state?.waiting ?? {};
  return message ? `waiting ${reason} "${message}"` : `waiting ${reason}`;
}

function podOf(spec: object): Pod {
  const metadata = { name: 'p', namespace: 'ns', uid: 'u', generation: 1 };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { restartPolicy: 'Always', containers: [], ...spec },
  };
}

/** Runs a script and gives it back with the answers of now. `> ` starts a command, its body is indented by four. */
export function runScript(script: string): string {
  const scenario = new Scenario();
  const out: string[] = [];
  const lines = script.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith('#') || line === '') out.push(line);
    if (!line.startsWith('> ')) continue;
    const body: string[] = [];
    while (lines[at + 1]?.startsWith('    ')) body.push(lines[++at]!);
    const answer = scenario.run(line.slice(2), body.map(text => text.slice(4)).join('\n'));
    out.push(line, ...body, ...(answer === '' ? [] : answer.split('\n')));
  }
  return out.join('\n');
}
