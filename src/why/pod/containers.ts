/** Containers that do not start, or do not stay up. */
import { table } from '#base/members.ts';
import type { Container, ContainerStatus, Event, Pod } from '#api/generated/types/core.v1.ts';
import { humanDuration } from '#api/columns.ts';
import { type Evidence, type Finding, problem, waiting } from '../explanation.ts';
import { eventCount, eventTime, type Facts } from '../facts.ts';
import { ago, count, lasting, oneLine, seconds, withDetail } from '../words.ts';
import { endText } from './exit.ts';

export interface ContainerView {
  readonly pod: Pod;
  readonly facts: Facts;
  readonly status: ContainerStatus;
  readonly spec: Container | undefined;
  /** 'container app' or 'init container setup'. */
  readonly title: string;
}

export function containerViews(pod: Pod, facts: Facts): ContainerView[] {
  const init = pod.spec?.initContainers ?? [];
  const view = (title: string, specs: readonly Container[]) => (status: ContainerStatus) => ({
    pod,
    facts,
    status,
    spec: specs.find(one => one.name === status.name),
    title: `${title} ${status.name}`,
  });
  return [
    ...(pod.status?.initContainerStatuses ?? []).map(view('init container', init)),
    ...(pod.status?.containerStatuses ?? []).map(view('container', pod.spec?.containers ?? [])),
  ];
}

/** Events about one container, by the field path that kubelets write. */
function containerEvents({ pod, facts, status }: ContainerView, ...reasons: string[]): readonly Event[] {
  return facts
    .eventsOf(pod, ...reasons)
    .filter(({ involvedObject: { fieldPath } }) => !fieldPath || fieldPath.includes(`{${status.name}}`));
}

export function containerFindings(view: ContainerView): Finding[] {
  const { state, lastState, restartCount } = view.status;
  const reason = state?.waiting?.reason ?? '';
  if (reason === 'CrashLoopBackOff') return [crashFinding(view)];
  if (reason in notStarted) return [notStarted[reason]!(view, oneLine(state?.waiting?.message))];
  const ended = lastState?.terminated;
  const recent = ended && view.facts.nowMs - Date.parse(ended.finishedAt ?? '') < recentMs;
  if (restartCount > 0 && recent && (state?.running || state?.terminated)) return [restartFinding(view)];
  const now = state?.terminated;
  if (now && now.exitCode !== 0 && view.pod.spec?.restartPolicy !== 'Never') return [crashFinding(view)];
  return [];
}

const recentMs = 10 * 60_000;

type NotStarted = (view: ContainerView, message: string) => Finding;

const image: NotStarted = (view, message) => {
  const pull = containerEvents(view, 'Failed').findLast(event => /^Failed to pull/.test(event.message ?? ''));
  const name = view.spec?.image ?? view.status.image;
  return problem('ImagePull', `${view.title} cannot start: its image ${name} cannot be pulled`, {
    evidence: [message, pull && !message.includes(pullDetail(pull)) ? oneLine(pull.message) : undefined],
    remedies: isUnreachable(message + (pull?.message ?? ''))
      ? [`see that the registry of ${name} answers to the node`]
      : [
          `see that ${name} exists and is spelt so`,
          (view.pod.spec?.imagePullSecrets ?? []).length === 0
            ? 'if the registry wants credentials, name a Secret in spec.imagePullSecrets'
            : 'see that the Secrets of spec.imagePullSecrets are valid for the registry',
        ],
  });
};

const pullDetail = ({ message }: Event) => oneLine(message).replace(/^Failed to pull image "[^"]*": /, '');

const isUnreachable = (message: string) =>
  /dial tcp|no such host|i\/o timeout|connection refused|TLS handshake/.test(message);

const configuration: NotStarted = (view, message) => {
  const [, kind, name] = /\b(secret|configmap) "?([^"\s]+)"? not found/i.exec(message) ?? [];
  const [, key] = /couldn't find key (\S+)/.exec(message) ?? [];
  return problem('ContainerConfiguration', withDetail(`${view.title} cannot start`, message), {
    remedies: [
      kind
        ? `make the ${kind} ${name} in namespace ${view.pod.metadata.namespace}, or mark the reference optional`
        : undefined,
      key ? `put the key ${key} there, or mark the reference optional` : undefined,
    ],
  });
};

const notRun: NotStarted = (view, message) =>
  problem('ContainerStart', withDetail(`${view.title} cannot be started`, message), {
    evidence: [backOffEvidence(view)],
    remedies: [commandRemedy(view, message)],
  });

/** The program is not there; undefined where the runtime does not say so. */
function commandRemedy({ title }: ContainerView, message: string): string | undefined {
  return /executable file not found|no such file|exec format error|permission denied/.test(message)
    ? `correct the command of ${title}, or its image: the program is not in it or does not run`
    : undefined;
}

/** By the reason of a waiting container. */
const notStarted = table<NotStarted>({
  CreateContainerConfigError: configuration,
  CreateContainerError: notRun,
  ErrImageNeverPull: view =>
    problem(
      'ImagePull',
      `${view.title} cannot start: its image ${view.spec?.image} is not on the node, and imagePullPolicy is Never`,
      { remedies: ['bring the image onto the node, or change imagePullPolicy'] },
    ),
  ErrImagePull: image,
  ImageInspectError: image,
  ImagePullBackOff: image,
  InvalidImageName: view =>
    problem('ImagePull', `${view.title} cannot start: ${view.spec?.image} is no image name`, {
      remedies: ['correct the image'],
    }),
  RegistryUnavailable: image,
  RunContainerError: notRun,
  StartError: notRun,
});

function crashFinding(view: ContainerView): Finding {
  const { status, title } = view;
  const ended = status.lastState?.terminated ?? status.state?.terminated;
  const again = count(status.restartCount, 'restart');
  const text = ended
    ? `${title} keeps ending (${again}): ${killedText(view)}${endText(ended)}`
    : `${title} keeps ending (${again})`;
  return problem('Restarting', text, {
    evidence: [...endEvidence(view), backOffEvidence(view)],
    remedies: crashRemedies(view),
  });
}

/** Who ended it, where that was no fault of its own. */
function killedText(view: ContainerView): string {
  const ended = view.status.lastState?.terminated ?? view.status.state?.terminated;
  const probe = ended?.reason !== 'OOMKilled' && livenessEvent(view);
  return probe
    ? `killed, for its ${/^Startup/.test(probe.message ?? '') ? 'startup' : 'liveness'} probe fails; `
    : '';
}

/** It runs again; what ended it is worth knowing all the same. */
function restartFinding(view: ContainerView): Finding {
  const ended = view.status.lastState!.terminated!;
  return problem(
    'Restarted',
    `${view.title} was restarted ${ago(ended.finishedAt, view.facts.nowMs)} (${count(view.status.restartCount, 'restart')}): ${killedText(view)}${endText(ended)}`,
    { evidence: endEvidence(view), remedies: crashRemedies(view) },
  );
}

function endEvidence(view: ContainerView): (Evidence | string | undefined)[] {
  const { status, facts, pod, spec } = view;
  const ended = status.lastState?.terminated ?? status.state?.terminated;
  const ran =
    ended?.startedAt && ended.finishedAt
      ? `It ran for ${humanDuration(Date.parse(ended.finishedAt) - Date.parse(ended.startedAt))} and ended ${ago(ended.finishedAt, facts.nowMs)}`
      : undefined;
  const limit = spec?.resources?.limits?.memory;
  const log = facts.log(pod.metadata.namespace ?? '', pod.metadata.name ?? '', status.name);
  const probe = livenessEvent(view);
  return [
    ran,
    ended?.reason === 'OOMKilled'
      ? `It was killed for using more memory than ${limit ? `its limit of ${limit}` : 'the node had'}`
      : undefined,
    ended?.message ? `It said: ${oneLine(ended.message)}` : undefined,
    probe &&
      `${oneLine(probe.message).replace(/:$/, '')} (${count(eventCount(probe), 'time')}, last ${ago(eventTime(probe), facts.nowMs)})`,
    log.length > 0
      ? { text: 'The last lines of its log:', evidence: log.map(line => ({ text: line })) }
      : undefined,
  ];
}

function livenessEvent(view: ContainerView): Event | undefined {
  return containerEvents(view, 'Unhealthy').findLast(event =>
    /^(Liveness|Startup) probe/.test(event.message ?? ''),
  );
}

/** When it is tried again, from the kubelet's words and the last end. */
function backOffEvidence({ status, facts }: ContainerView): string | undefined {
  const [, backOff] = /back-off (\S+) restarting/.exec(status.state?.waiting?.message ?? '') ?? [];
  if (!backOff) return undefined;
  const finished = Date.parse(status.lastState?.terminated?.finishedAt ?? '');
  const left = finished + goDurationMs(backOff) - facts.nowMs;
  const when = Number.isNaN(left) || left <= 0 ? 'is due' : `comes in ${seconds(left)}`;
  return `The next try ${when} (back-off ${backOff})`;
}

function goDurationMs(text: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  return [...text.matchAll(/([\d.]+)(ms|h|m|s)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * units[unit!]!,
    0,
  );
}

function crashRemedies(view: ContainerView): (string | undefined)[] {
  const { status, spec, pod, title } = view;
  const ended = status.lastState?.terminated ?? status.state?.terminated;
  if (ended?.reason === 'OOMKilled') {
    const limit = spec?.resources?.limits?.memory;
    return [
      limit
        ? `raise the memory limit of ${title} above ${limit}, or make it use less`
        : 'make it use less memory',
    ];
  }
  if (livenessEvent(view)) {
    return [
      `mend what the liveness probe of ${title} asks for, or give it more time (initialDelaySeconds, failureThreshold, startupProbe)`,
    ];
  }
  if (ended?.exitCode === 0)
    return [
      `run something that does not end by itself; what should end belongs in a Job, or under restartPolicy OnFailure`,
    ];
  const command = commandRemedy(view, ended?.message ?? '');
  if (command) return [command];
  if (ended?.exitCode === 126 || ended?.exitCode === 127) return [`correct the command of ${title}`];
  return [logRemedy(pod, status.name, view.facts, status.state?.terminated ? '' : ' --previous')];
}

/** What a log that is there, or could be read, helps. */
export function logRemedy({ metadata }: Pod, container: string, facts: Facts, flags = ''): string {
  const { namespace = '', name = '' } = metadata;
  return facts.log(namespace, name, container).length > 0
    ? 'mend what its log tells of'
    : `read its log: kubectl logs ${name} -n ${namespace} -c ${container}${flags}`;
}

/** The pod's containers are not even made yet. */
export function startingFinding(view: ContainerView): Finding | undefined {
  const { state } = view.status;
  if (state?.running && view.title.startsWith('init') && !isSidecar(view)) {
    return waiting('Initializing', `${view.title} runs, and must end before the next one starts`, {
      evidence: [`It has run for ${lasting(state.running.startedAt, view.facts.nowMs)}`],
    });
  }
  return undefined;
}

export function isSidecar({ spec, title }: ContainerView): boolean {
  return title.startsWith('init') && spec?.restartPolicy === 'Always';
}
