import type { ResourceDefinition } from '#api/definition.ts';
import type { GroupVersionKind } from '#api/schemas.ts';
import {
  type Parameter,
  connectParameters,
  deleteParameters,
  listParameters,
  logParameters,
  nameParameter,
  namespaceParameter,
  patchParameters,
  pathParameter,
  prettyParameter,
  readParameters,
  selectionParameters,
  writeParameters,
} from './parameters.ts';
import { allVerbs, type Subresource, subresourcesOf } from '../discovery/resources.ts';

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch' | 'head' | 'options';

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
  /** The kind of the object that goes in or comes out, where it is not `kind`. */
  readonly content?: GroupVersionKind;
  /** All of them, also those that the other operations of the path take. */
  readonly parameters: readonly Parameter[];
  /** What goes in: the object, a patch, DeleteOptions, nothing. */
  readonly body: 'object' | 'patch' | 'deleteOptions' | undefined;
  /** What comes out. */
  readonly answer: 'object' | 'list' | 'text' | 'version' | MetaType;
  /** Content types of the body and of the answer, where they are not those of all objects. */
  readonly consumes?: readonly string[];
  readonly produces?: readonly string[];
  readonly codes: readonly number[];
}

export interface PathOperations {
  readonly path: string;
  readonly operations: readonly Operation[];
  /** Absent: that of the group version. */
  readonly tag?: string;
}

/** In the order in which upstream's serializers stand. */
export const objectTypes: readonly string[] = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
];

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
    parameters: [],
    body: undefined,
    answer: 'APIResourceList',
    consumes: objectTypes,
    codes: [200],
  };
  return { path: `${rootOf(group, version)}/`, operations: [operation] };
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

const logTypes = ['text/plain', ...objectTypes];

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
  /** Custom resources have documents of another hand (apiextensions-apiserver's builder), which differ in what they tell. */
  readonly #isCustom: boolean;

  constructor(definition: ResourceDefinition, version: string) {
    const { group, kind, namespaced } = definition;
    this.#definition = definition;
    this.#verbs = definition.verbs ?? allVerbs;
    this.#kind = { group, version, kind };
    this.#root = rootOf(group, version);
    this.#prefix = groupVersionName(group, version);
    this.#isCustom = definition.conversion !== undefined;
    this.#subject = `${namespaced ? 'Namespaced' : ''}${kind}`;
  }

  all(): PathOperations[] {
    const { resource, namespaced } = this.#definition;
    const base = namespaced
      ? `${this.#root}/namespaces/{namespace}/${resource}`
      : `${this.#root}/${resource}`;
    const paths = [
      { path: base, operations: this.#collection() },
      { path: `${base}/{name}`, operations: this.#single() },
      ...subresourcesOf(this.#definition).flatMap(sub => this.#subresource(`${base}/{name}`, sub)),
    ];
    if (namespaced && this.#verbs.includes('list')) {
      const list = this.#list(`list${this.#prefix}${this.#definition.kind}ForAllNamespaces`, []);
      paths.push({ path: `${this.#root}/${resource}`, operations: [list] });
    }
    return [...paths, ...this.#watches()].filter(path => path.operations.length > 0);
  }

  /** In the paths of its collections. */
  get #scope(): readonly Parameter[] {
    return this.#definition.namespaced ? [namespaceParameter] : [];
  }

  /** In the paths of its objects. */
  get #named(): readonly Parameter[] {
    return [nameParameter(this.#definition.kind), ...this.#scope];
  }

  /** The old paths that are watched without saying so in the query; custom resources never had them in documents. */
  #watches(): PathOperations[] {
    const { resource, namespaced, kind } = this.#definition;
    if (this.#isCustom || !this.#verbs.includes('watch')) return [];
    const root = `${this.#root}/watch`;
    const base = namespaced ? `${root}/namespaces/{namespace}/${resource}` : `${root}/${resource}`;
    const watch = (path: string, place: readonly Parameter[], subject: string, action: string) => ({
      path,
      operations: [
        this.#operation('get', `watch${this.#prefix}${subject}`, action, {
          parameters: [...place, ...listParameters],
          answer: 'WatchEvent',
        }),
      ],
    });
    return [
      watch(base, this.#scope, `${this.#subject}List`, 'watchlist'),
      watch(`${base}/{name}`, this.#named, this.#subject, 'watch'),
      ...(namespaced ? [watch(`${root}/${resource}`, [], `${kind}ListForAllNamespaces`, 'watchlist')] : []),
    ];
  }

  #collection(): Operation[] {
    const operations: Operation[] = [];
    if (this.#verbs.includes('deletecollection')) {
      const id = `delete${this.#prefix}Collection${this.#subject}`;
      const given: Partial<Operation> = this.#isCustom
        ? { parameters: [...this.#scope, ...listParameters] }
        : {
            parameters: [...this.#scope, ...selectionParameters, ...deleteParameters],
            body: 'deleteOptions',
          };
      operations.push(this.#operation('delete', id, 'deletecollection', { ...given, answer: 'Status' }));
    }
    if (this.#verbs.includes('list')) {
      operations.push(this.#list(`list${this.#prefix}${this.#subject}`, this.#scope));
    }
    if (this.#verbs.includes('create')) {
      operations.push(this.#create(`create${this.#prefix}${this.#subject}`, this.#scope));
    }
    return operations;
  }

  #list(id: string, place: readonly Parameter[]): Operation {
    return this.#operation('get', id, 'list', { parameters: [...place, ...listParameters], answer: 'list' });
  }

  #create(id: string, place: readonly Parameter[]): Operation {
    const parameters = [...place, ...writeParameters];
    return this.#operation('post', id, 'post', { parameters, body: 'object', codes: [200, 201, 202] });
  }

  #single(): Operation[] {
    const operations = this.#readAndWrite(this.#verbs, this.#subject);
    if (this.#verbs.includes('delete')) {
      const id = `delete${this.#prefix}${this.#subject}`;
      const { returnDeletedObject, holdsDeletion } = this.#definition.strategy;
      operations.unshift(
        this.#operation('delete', id, 'delete', {
          parameters: [...this.#named, ...deleteParameters],
          body: 'deleteOptions',
          // Of what stays for a while, the documents say a Status, whatever comes.
          answer: returnDeletedObject && !holdsDeletion ? 'object' : 'Status',
          codes: [200, 202],
        }),
      );
    }
    return operations;
  }

  #readAndWrite(
    verbs: readonly string[],
    subject: string,
    read: Partial<Operation> = this.#isCustom ? { parameters: readParameters } : {},
  ): Operation[] {
    const operations: Operation[] = [];
    const add = (verb: string, method: Method, name: string, given: Partial<Operation>) => {
      if (!verbs.includes(verb)) return;
      const parameters = [...this.#named, ...(given.parameters ?? [])];
      operations.push(
        this.#operation(method, `${name}${this.#prefix}${subject}`, method, { ...given, parameters }),
      );
    };
    add('get', 'get', 'read', read);
    const codes = this.#isCustom ? [200] : [200, 201];
    add('patch', 'patch', 'patch', { parameters: patchParameters, body: 'patch', codes });
    add('update', 'put', 'replace', { parameters: writeParameters, body: 'object', codes: [200, 201] });
    return operations;
  }

  #subresource(parent: string, sub: Subresource): PathOperations[] {
    const path = `${parent}/${sub.name}`;
    const kind = {
      group: sub.version ? sub.group : this.#kind.group,
      version: sub.version || this.#kind.version,
      kind: sub.kind,
    };
    const subject = `${this.#subject}${capitalize(sub.name)}`;
    const ofKind = (operations: readonly Operation[]) =>
      operations.map(one => ({ ...one, ...(this.#isCustom ? { content: kind } : { kind }) }));
    if (sub.kind.endsWith('Options')) {
      const isProxy = sub.name === 'proxy';
      const plain = { path, operations: ofKind(this.#connect(subject, kind.kind, isProxy)) };
      if (!isProxy) return [plain];
      const behind = ofKind(this.#connect(`${subject}WithPath`, kind.kind, isProxy, [pathParameter]));
      return [plain, { path: `${path}/{path}`, operations: behind }];
    }
    const isLog = sub.name === 'log';
    const read = isLog
      ? ({ parameters: logParameters, answer: 'text', produces: logTypes } as const)
      : undefined;
    const operations = this.#readAndWrite(sub.verbs, subject, read);
    if (sub.verbs.includes('create')) {
      operations.push(this.#create(`create${this.#prefix}${subject}`, this.#named));
    }
    return [{ path, operations: ofKind(operations) }];
  }

  /** Streams and proxies: every method that a verb stands for. */
  #connect(
    subject: string,
    options: string,
    isProxy: boolean,
    behind: readonly Parameter[] = [],
  ): Operation[] {
    const methods: Method[] = isProxy
      ? ['delete', 'get', 'head', 'options', 'patch', 'post', 'put']
      : ['get', 'post'];
    const parameters = [...this.#named, ...behind, ...(connectParameters[options] ?? [])];
    return methods.map(method =>
      this.#operation(method, `connect${this.#prefix}${capitalize(method)}${subject}`, 'connect', {
        parameters,
        answer: 'text',
        produces: ['*/*'],
      }),
    );
  }

  /** All but those that connect take `pretty`. */
  #operation(method: Method, id: string, action: string, given: Partial<Operation>): Operation {
    return {
      method,
      id,
      description: `${doings[action]} ${this.#definition.kind}`,
      action,
      kind: this.#kind,
      body: undefined,
      answer: 'object',
      codes: [200],
      ...given,
      parameters: [...(given.parameters ?? []), ...(action === 'connect' ? [] : [prettyParameter])],
    };
  }
}
