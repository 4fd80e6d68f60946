/** A parameter of an operation, but for its body. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
}

const query =
  (type: Parameter['type']) =>
  (name: string, description: string): Parameter => ({ name, in: 'query', type, description });
const string = query('string');
const boolean = query('boolean');
const integer = query('integer');
const inPath = (name: string, description: string): Parameter => ({
  name,
  in: 'path',
  type: 'string',
  description,
});

export const prettyParameter = string(
  'pretty',
  'Whether JSON is indented: "true" or "false". Without it, it is for curl, wget and browsers.',
);
export const namespaceParameter = inPath('namespace', 'The namespace of the object or objects.');
export const pathParameter = inPath('path', 'The path of what is asked for behind the proxy.');

/** The name of an object, of whose kind the parameter tells. */
export function nameParameter(kind: string): Parameter {
  return inPath('name', `The name of the ${kind}.`);
}

const dryRun = string(
  'dryRun',
  'With "All", the request is checked and answered, and nothing is stored. No other value is taken.',
);

/** What every create and update takes (meta/v1 CreateOptions, UpdateOptions). */
export const writeParameters: readonly Parameter[] = [
  dryRun,
  string(
    'fieldManager',
    'Who makes the change: the name under which the fields are managed, of at most 128 printable characters. Without it, what the User-Agent header begins with.',
  ),
  string(
    'fieldValidation',
    'What becomes of unknown and repeated fields: "Ignore" drops them, "Warn" (the default) tells of each in a Warning header, "Strict" refuses the request.',
  ),
];

/** PatchOptions. */
export const patchParameters: readonly Parameter[] = [
  ...writeParameters,
  boolean(
    'force',
    'Whether an apply takes over fields that others manage with other values. Only for patches that apply.',
  ),
];

/** DeleteOptions, as far as they can be told in a query. */
export const deleteParameters: readonly Parameter[] = [
  dryRun,
  integer(
    'gracePeriodSeconds',
    'For how many seconds the object may still be at work; zero ends it at once. Without it, what its kind or the object itself says.',
  ),
  boolean(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'Whether an object that cannot be read from the store is taken away regardless of finalizers and preconditions. It may break the cluster.',
  ),
  boolean(
    'orphanDependents',
    'Deprecated by propagationPolicy, with which it cannot be given: whether dependents are kept.',
  ),
  string(
    'propagationPolicy',
    'What becomes of dependents: "Orphan" keeps them, "Background" deletes them after the object, "Foreground" before it.',
  ),
];

/** ListOptions, but for what only a watch needs. */
export const selectionParameters: readonly Parameter[] = [
  string(
    'continue',
    'From where a list in pieces goes on: the metadata.continue of the piece before, to be asked for with the same other parameters.',
  ),
  string('fieldSelector', 'Only objects with these values of fields. Without it, all.'),
  string('labelSelector', 'Only objects with such labels. Without it, all.'),
  integer('limit', 'At most so many objects; metadata.continue then leads to the others.'),
  string(
    'resourceVersion',
    'Of which state the objects are told, or after which a watch begins. Without it, a list is of the newest state.',
  ),
  string(
    'resourceVersionMatch',
    'How a list goes by resourceVersion: of that state alone ("Exact"), or one "NotOlderThan" it.',
  ),
  boolean(
    'sendInitialEvents',
    'Whether a watch first tells of all objects that there are, and then sends a bookmark with the annotation k8s.io/initial-events-end. It takes resourceVersionMatch NotOlderThan.',
  ),
  string('shardSelector', 'Only the objects of one shard, by an expression with shardRange().'),
  integer('timeoutSeconds', 'After how many seconds the list is given up, or the watch ends.'),
];

/** ListOptions. */
export const listParameters: readonly Parameter[] = [
  ...selectionParameters,
  boolean(
    'allowWatchBookmarks',
    'Whether a watch may also be sent events of type BOOKMARK, which tell a resourceVersion and no change.',
  ),
  boolean('watch', 'Whether changes of the objects are told as they happen, instead of a list.'),
];

/** GetOptions, which documents tell of custom resources alone. */
export const readParameters: readonly Parameter[] = [
  string('resourceVersion', 'The state that is told is this one or a newer one. Without it, the newest.'),
];

/** PodLogOptions. */
export const logParameters: readonly Parameter[] = [
  string('container', 'Of which container. A pod that has only one needs none to be named.'),
  boolean('follow', 'Whether what the container goes on to write is sent too.'),
  boolean(
    'insecureSkipTLSVerifyBackend',
    "Whether the kubelet's certificate is taken unseen. Somebody in between could then have written the log.",
  ),
  integer('limitBytes', 'After how many bytes the log ends, be it within a line.'),
  boolean('previous', 'Whether the log is that of the container that ended before this one.'),
  integer('sinceSeconds', 'Only lines of the last so many seconds.'),
  string('stream', 'Of which output: "All" (the default), "Stdout" or "Stderr".'),
  integer('tailLines', 'Only so many lines from the end, or from before where "follow" goes on.'),
  boolean('timestamps', 'Whether each line begins with its time.'),
];

const container = string('container', 'In which container. A pod that has only one needs none to be named.');
const streams = [
  boolean('stderr', 'Whether what is written to standard error is sent.'),
  boolean('stdin', 'Whether the client sends standard input.'),
  boolean('stdout', 'Whether what is written to standard output is sent.'),
  boolean('tty', 'Whether the streams are those of a terminal.'),
];
const proxied = [string('path', 'The path of what is asked for behind the proxy.')];

/** Of streams and proxies, by the kind of their options. */
export const connectParameters: Readonly<Record<string, readonly Parameter[]>> = {
  PodExecOptions: [string('command', 'The command and its arguments, one each time.'), container, ...streams],
  PodAttachOptions: [container, ...streams],
  PodPortForwardOptions: [integer('ports', 'The ports that a WebSocket connection is for.')],
  PodProxyOptions: proxied,
  ServiceProxyOptions: proxied,
  NodeProxyOptions: proxied,
};

/** What all the operations of a path take, which the path says once. */
export function commonParameters(all: readonly (readonly Parameter[])[]): Parameter[] {
  const [first = [], ...others] = all;
  return first.filter(parameter => others.every(list => list.some(other => isSame(other, parameter))));
}

export function isSame(a: Parameter, b: Parameter): boolean {
  return a.name === b.name && a.in === b.in;
}
