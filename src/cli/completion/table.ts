import {
  configured,
  containers,
  copyPlace,
  manifestFile,
  nameOf,
  oneOf,
  pod,
  podThen,
  ports,
  typeAndName,
} from './completers.ts';
import type { Completer } from './completions.ts';

const rolled = typeAndName({ types: ['deployment', 'daemonset', 'statefulset'] });

/** What the words behind a command are, by its path; sorted. */
export const wordsOf: Readonly<Record<string, Completer>> = {
  annotate: typeAndName(),
  'apply edit-last-applied': typeAndName(),
  'apply view-last-applied': typeAndName(),
  attach: pod,
  autoscale: typeAndName({ types: ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'] }),
  completion: oneOf('bash', 'fish', 'powershell', 'zsh'),
  'config delete-cluster': configured('clusters'),
  'config delete-context': configured('contexts'),
  'config delete-user': configured('users'),
  'config rename-context': configured('contexts'),
  'config set-context': configured('contexts'),
  'config use-context': configured('contexts'),
  cordon: nameOf('node'),
  cp: copyPlace,
  'create token': nameOf('serviceaccount'),
  debug: typeAndName(),
  delete: typeAndName(),
  describe: typeAndName(),
  drain: nameOf('node'),
  edit: typeAndName(),
  exec: pod,
  expose: typeAndName({ types: ['pod', 'service', 'replicationcontroller', 'deployment', 'replicaset'] }),
  get: typeAndName(),
  label: typeAndName(),
  logs: podThen(containers),
  patch: typeAndName(),
  'port-forward': podThen(ports),
  'rollout history': rolled,
  'rollout pause': typeAndName({ types: ['deployment'] }),
  'rollout restart': rolled,
  'rollout resume': typeAndName({ types: ['deployment'] }),
  'rollout status': typeAndName({ types: ['deployment', 'daemonset', 'statefulset'], once: true }),
  'rollout undo': rolled,
  scale: typeAndName({ types: ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'] }),
  'set image': typeAndName({
    types: [
      'daemonsets',
      'deployments',
      'pods',
      'cronjobs',
      'replicasets',
      'replicationcontrollers',
      'statefulsets',
    ],
    once: true,
  }),
  taint: typeAndName({ types: ['node'] }),
  'top node': nameOf('node'),
  'top pod': nameOf('pod'),
  uncordon: nameOf('node'),
};

const named =
  (completer: Completer): Completer =>
  (context, _, word) =>
    completer(context, [], word);

/** What the values of flags are, by their names. */
export const valuesOf: Readonly<Record<string, Completer>> = {
  cluster: named(configured('clusters')),
  container: containers,
  context: named(configured('contexts')),
  filename: manifestFile,
  namespace: named(nameOf('namespace')),
  user: named(configured('users')),
};

/** Of the flags of one command, which others have otherwise. */
export const ownValuesOf: Readonly<Record<string, Readonly<Record<string, Completer>>>> = {
  'create clusterrolebinding': { clusterrole: named(nameOf('clusterrole')) },
  get: {
    output: oneOf(
      'json',
      'yaml',
      'kyaml',
      'name',
      'go-template',
      'go-template-file',
      'template',
      'templatefile',
      'jsonpath',
      'jsonpath-as-json',
      'jsonpath-file',
      'custom-columns',
      'custom-columns-file',
      'wide',
    ),
    subresource: oneOf('status', 'scale', 'resize'),
  },
};
