import type { ResourceDefinition } from '#api/definition.ts';
import type { GroupVersionKind } from '#api/schemas.ts';
import { allVerbs, type Subresource, subresourcesOf } from '../discovery/resources.ts';

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch' | 'head' | 'options';

export interface QueryParameter {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer';
}

/** Types of meta/v1 that operations answer. */
export type MetaType =
  | 'APIGroup'
  | 'APIGroupList'
  | 'APIResourceList'
  | 'APIVersions'
  | 'DeleteOptions'
  | 'Status'
  | 'WatchEvent';

/** One operation, in the terms of neither dialect. */
export interface Operation {
  readonly method: Method;
  readonly id: string;
  readonly description: string;
  /** x-kubernetes-action; absent where the operation is about no object. */
  readonly action?: string;
  readonly kind?: GroupVersionKind;
  readonly query: readonly QueryParameter[];
  /** What goes in: the object, a patch, DeleteOptions, nothing. */
  readonly body: 'object' | 'patch' | 'deleteOptions' | undefined;
  /** What comes out. */
  readonly answer: 'object' | 'list' | 'text' | 'version' | MetaType;
  /** Content types of the answer where they are not those of all objects. */
  readonly produces?: readonly string[];
  readonly codes: readonly number[];
}

export interface PathOperations {
  readonly path: string;
  /** Parameters in the path, but for `namespace` and `name` those of a proxy. */
  readonly parameters: readonly string[];
  /** Query parameters of all its operations. */
  readonly query?: readonly QueryParameter[];
  readonly operations: readonly Operation[];
  /** Absent: that of the group version. */
  readonly tag?: string;
}

const strings = (...names: string[]): QueryParameter[] => names.map(name => ({ name, type: 'string' }));
const booleans = (...names: string[]): QueryParameter[] => names.map(name => ({ name, type: 'boolean' }));
const integers = (...names: string[]): QueryParameter[] => names.map(name => ({ name, type: 'integer' }));

const writeQuery = strings('dryRun', 'fieldManager', 'fieldValidation');
const patchQuery = [...writeQuery, ...booleans('force')];
const deleteQuery = [
  ...strings('dryRun'),
  ...integers('gracePeriodSeconds'),
  ...booleans('ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents'),
  ...strings('propagationPolicy'),
];
const selectionQuery = [
  ...strings('continue', 'fieldSelector', 'labelSelector'),
  ...integers('limit'),
  ...strings('resourceVersion', 'resourceVersionMatch'),
  ...booleans('sendInitialEvents'),
  ...integers('timeoutSeconds'),
];
const listQuery = [...booleans('allowWatchBookmarks'), ...selectionQuery, ...booleans('watch')];
const logQuery = [
  ...strings('container'),
  ...booleans('follow', 'insecureSkipTLSVerifyBackend', 'previous'),
  ...integers('sinceSeconds'),
  ...strings('stream'),
  ...integers('limitBytes', 'tailLines'),
  ...booleans('timestamps'),
];
const execQuery = [...strings('command', 'container'), ...booleans('stdin', 'stdout', 'stderr', 'tty')];
const connectQueries: Readonly<Record<string, readonly QueryParameter[]>> = {
  PodExecOptions: execQuery,
  PodAttachOptions: execQuery.slice(1),
  PodPortForwardOptions: integers('ports'),
  PodProxyOptions: strings('path'),
  ServiceProxyOptions: strings('path'),
  NodeProxyOptions: strings('path'),
};

/** Every path of one served version of a resource. */
export function pathsOf(definition: ResourceDefinition, version: string): PathOperations[] {
  return new ResourcePaths(definition, version).all();
}

/** Where a group version tells its resources. */
export function discoveryPath(group: string, version: string): PathOperations {
  const operation: Operation = {
    method: 'get',
    id: `get${groupVersionName(group, version)}APIResources`,
    description: 'tells the resources of this group version',
    query: [],
    body: undefined,
    answer: 'APIResourceList',
    codes: [200],
  };
  return { path: `${rootOf(group, version)}/`, parameters: [], operations: [operation] };
}

function rootOf(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** 'AppsV1', 'RbacAuthorizationV1': the middle of operation names. */
export function groupVersionName(group: string, version: string): string {
  const words = group === '' ? ['core'] : group.replace(/\.k8s\.io$/, '').split(/[.-]/);
  return [...words, version].map(capitalize).join('');
}

/** 'apps_v1', 'rbacAuthorization_v1'; without a version 'apps'. */
export function tagOf(group: string, version: string): string {
  const name = groupVersionName(group, '');
  const tag = `${name[0]!.toLowerCase()}${name.slice(1)}`;
  return version === '' ? tag : `${tag}_${version}`;
}

function capitalize(word: string): string {
  return word === '' ? '' : `${word[0]!.toUpperCase()}${word.slice(1)}`;
}

/** What actions do, before the kind that they do it to. */
const doings: Readonly<Record<string, string>> = {
  connect: 'connects to a',
  delete: 'deletes a',
  deletecollection: 'deletes selected objects of kind',
  get: 'reads a',
  list: 'lists or watches objects of kind',
  patch: 'changes parts of a',
  post: 'creates a',
  put: 'replaces a',
  watch: 'watches a',
  watchlist: 'watches objects of kind',
};

class ResourcePaths {
  readonly #definition: ResourceDefinition;
  readonly #verbs: readonly string[];
  readonly #kind: GroupVersionKind;
  readonly #root: string;
  /** 'AppsV1' and 'NamespacedDeployment'. */
  readonly #prefix: string;
  readonly #subject: string;

  constructor(definition: ResourceDefinition, version: string) {
    const { group, kind, namespaced } = definition;
    this.#definition = definition;
    this.#verbs = definition.verbs ?? allVerbs;
    this.#kind = { group, version, kind };
    this.#root = rootOf(group, version);
    this.#prefix = groupVersionName(group, version);
    this.#subject = `${namespaced ? 'Namespaced' : ''}${kind}`;
  }

  all(): PathOperations[] {
    const { resource, namespaced } = this.#definition;
    const base = namespaced
      ? `${this.#root}/namespaces/{namespace}/${resource}`
      : `${this.#root}/${resource}`;
    const scope = namespaced ? ['namespace'] : [];
    const paths = [
      { path: base, parameters: scope, operations: this.#collection() },
      { path: `${base}/{name}`, parameters: ['name', ...scope], operations: this.#single() },
      ...subresourcesOf(this.#definition).flatMap(sub => this.#subresource(`${base}/{name}`, scope, sub)),
    ];
    if (namespaced && this.#verbs.includes('list')) {
      const list = this.#list(`list${this.#prefix}${this.#definition.kind}ForAllNamespaces`);
      paths.push({ path: `${this.#root}/${resource}`, parameters: [], operations: [list] });
    }
    return [...paths, ...this.#watches()].filter(path => path.operations.length > 0);
  }

  /** The old paths that are watched without saying so in the query; custom resources never had them in documents. */
  #watches(): PathOperations[] {
    const { resource, namespaced, kind, conversion } = this.#definition;
    if (conversion || !this.#verbs.includes('watch')) return [];
    const root = `${this.#root}/watch`;
    const base = namespaced ? `${root}/namespaces/{namespace}/${resource}` : `${root}/${resource}`;
    const scope = namespaced ? ['namespace'] : [];
    const watch = (path: string, parameters: readonly string[], subject: string, action: string) => ({
      path,
      parameters,
      query: listQuery,
      operations: [
        this.#operation('get', `watch${this.#prefix}${subject}`, action, [], undefined, 'WatchEvent', [200]),
      ],
    });
    return [
      watch(base, scope, `${this.#subject}List`, 'watchlist'),
      watch(`${base}/{name}`, ['name', ...scope], this.#subject, 'watch'),
      ...(namespaced ? [watch(`${root}/${resource}`, [], `${kind}ListForAllNamespaces`, 'watchlist')] : []),
    ];
  }

  #collection(): Operation[] {
    const operations: Operation[] = [];
    if (this.#verbs.includes('deletecollection')) {
      const query = [...selectionQuery, ...deleteQuery];
      const id = `delete${this.#prefix}Collection${this.#subject}`;
      operations.push(
        this.#operation('delete', id, 'deletecollection', query, 'deleteOptions', 'Status', [200]),
      );
    }
    if (this.#verbs.includes('list')) operations.push(this.#list(`list${this.#prefix}${this.#subject}`));
    if (this.#verbs.includes('create')) {
      const id = `create${this.#prefix}${this.#subject}`;
      operations.push(this.#operation('post', id, 'post', writeQuery, 'object', 'object', [200, 201, 202]));
    }
    return operations;
  }

  #list(id: string): Operation {
    return this.#operation('get', id, 'list', listQuery, undefined, 'list', [200]);
  }

  #single(): Operation[] {
    const operations = this.#readAndWrite(this.#verbs, this.#subject, this.#kind, []);
    if (this.#verbs.includes('delete')) {
      const id = `delete${this.#prefix}${this.#subject}`;
      const answer = this.#definition.strategy.returnDeletedObject ? 'object' : 'Status';
      operations.unshift(
        this.#operation('delete', id, 'delete', deleteQuery, 'deleteOptions', answer, [200, 202]),
      );
    }
    return operations;
  }

  #readAndWrite(
    verbs: readonly string[],
    subject: string,
    kind: GroupVersionKind,
    readQuery: readonly QueryParameter[],
    answer: Operation['answer'] = 'object',
  ): Operation[] {
    const operations: Operation[] = [];
    if (verbs.includes('get')) {
      const id = `read${this.#prefix}${subject}`;
      operations.push({ ...this.#operation('get', id, 'get', readQuery, undefined, answer, [200]), kind });
    }
    if (verbs.includes('patch')) {
      const id = `patch${this.#prefix}${subject}`;
      operations.push({
        ...this.#operation('patch', id, 'patch', patchQuery, 'patch', answer, [200, 201]),
        kind,
      });
    }
    if (verbs.includes('update')) {
      const id = `replace${this.#prefix}${subject}`;
      operations.push({
        ...this.#operation('put', id, 'put', writeQuery, 'object', answer, [200, 201]),
        kind,
      });
    }
    return operations;
  }

  #subresource(parent: string, scope: readonly string[], sub: Subresource): PathOperations[] {
    const path = `${parent}/${sub.name}`;
    const parameters = ['name', ...scope];
    const kind = {
      group: sub.version ? sub.group : this.#kind.group,
      version: sub.version || this.#kind.version,
      kind: sub.kind,
    };
    const subject = `${this.#subject}${capitalize(sub.name)}`;
    if (sub.kind.endsWith('Options')) return this.#connect(path, parameters, subject, kind, sub);
    const isLog = sub.name === 'log';
    const operations = this.#readAndWrite(
      sub.verbs,
      subject,
      kind,
      isLog ? logQuery : [],
      isLog ? 'text' : 'object',
    );
    if (sub.verbs.includes('create')) {
      const id = `create${this.#prefix}${subject}`;
      const post = this.#operation('post', id, 'post', writeQuery, 'object', 'object', [200, 201, 202]);
      operations.push({ ...post, kind });
    }
    return [{ path, parameters, operations }];
  }

  /** Streams and proxies: every method that a verb stands for, and for proxies a path behind. */
  #connect(
    path: string,
    parameters: readonly string[],
    subject: string,
    kind: GroupVersionKind,
    sub: Subresource,
  ): PathOperations[] {
    const isProxy = sub.name === 'proxy';
    const methods: Method[] = isProxy
      ? ['delete', 'get', 'head', 'options', 'patch', 'post', 'put']
      : ['get', 'post'];
    const operations = (suffix: string): Operation[] =>
      methods.map(method => ({
        ...this.#operation(
          method,
          `connect${this.#prefix}${capitalize(method)}${subject}${suffix}`,
          'connect',
          connectQueries[kind.kind] ?? [],
          undefined,
          'text',
          [200],
        ),
        kind,
      }));
    const plain = { path, parameters, operations: operations('') };
    if (!isProxy) return [plain];
    const behind = [...parameters, 'path'];
    return [plain, { path: `${path}/{path}`, parameters: behind, operations: operations('WithPath') }];
  }

  #operation(
    method: Method,
    id: string,
    action: string,
    query: readonly QueryParameter[],
    body: Operation['body'],
    answer: Operation['answer'],
    codes: readonly number[],
  ): Operation {
    const description = `${doings[action]} ${this.#definition.kind}`;
    return { method, id, description, action, kind: this.#kind, query, body, answer, codes };
  }
}
