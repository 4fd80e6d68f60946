/**
 * For tests alone: text scripts of explanations. A script is a list of clusters, each after a line '== TITLE': objects as
 * YAML documents, then questions, '$ why TYPE NAME', each followed by its answer. What every object has alike is left out:
 * apiVersion, uid (its kind and name), and the namespace where it is 'default'. Two kinds are of scripts alone:
 *   kind: Unread, what: nodes (Forbidden)
 *   kind: Log, pod: web, container: app, lines: [a, b]
 * It is 12:00 on the first of June 2026.
 */
import * as refs from '#api/generated/refs.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { parseYamlDocuments } from '#machinery/yaml.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { explainAccess } from './access/explain.ts';
import { userOf } from './access/user.ts';
import { explainObject } from './explain.ts';
import type { Explanation } from './explanation.ts';
import { Facts } from './facts.ts';
import { explainField } from './field.ts';
import { parseFieldPath } from './field-path.ts';
import { explainEviction } from './kinds/eviction.ts';
import { explanationText } from './print.ts';

export const scenarioNowMs = Date.parse('2026-06-01T12:00:00Z');

type Document = Partial<KubeObject> & { what?: string; pod?: string; container?: string; lines?: string[] };

const byKind = new Map<string, ResourceRef>();
for (const ref of Object.values(refs)) if (!byKind.has(ref.kind)) byKind.set(ref.kind, ref);

function completed(document: Document): KubeObject {
  const { kind = '', metadata = {} } = document;
  const ref = byKind.get(kind);
  const namespaced = ref ? ref.namespaced : true;
  return {
    ...document,
    apiVersion: document.apiVersion ?? (ref ? apiVersionOf(ref) : 'example.com/v1'),
    kind,
    metadata: {
      uid: `${kind}/${metadata.name}`,
      creationTimestamp: '2026-06-01T11:00:00Z',
      ...(namespaced ? { namespace: 'default' } : {}),
      ...metadata,
    },
  };
}

/** The facts that a script's documents describe. */
export function factsOf(yaml: string): Facts {
  const documents = parseYamlDocuments(yaml).filter(document => document !== null) as Document[];
  const logs = new Map<string, readonly string[]>();
  const unread: string[] = [];
  const objects: KubeObject[] = [];
  for (const document of documents) {
    if (document.kind === 'Unread') unread.push(document.what!);
    else if (document.kind === 'Log')
      logs.set(`default/${document.pod}/${document.container}`, document.lines!);
    else objects.push(completed(document));
  }
  return new Facts({ nowMs: scenarioNowMs, objects, unread, logs });
}

/** How a question is answered from facts alone: by its first word, else it is a TYPE and a NAME. */
export type Question = (words: readonly string[], facts: Facts) => Explanation;

function whyObject([type = '', name = '']: readonly string[], facts: Facts): Explanation {
  return explainObject(found(type, name, facts), facts);
}

/** forbidden USER VERB TYPE[/SUBRESOURCE] [NAME] [in NAMESPACE] [group=NAME] [server=yes|no] */
function whyForbidden(words: readonly string[], facts: Facts): Explanation {
  const [who = '', verb = '', what = '', name = ''] = words.filter(word => !word.includes('='));
  const told = (key: string) => words.find(word => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const group = told('group');
  const user = userOf(who, group === undefined ? [] : [group]);
  const server = told('server');
  const review = server === undefined ? undefined : { allowed: server === 'yes' };
  if (what.startsWith('/')) {
    const none = { group: '', resource: '', subresource: '', name: '', namespace: '' };
    return explainAccess({ ...none, user, verb, isResource: false, path: what }, facts, review);
  }
  const [resource = '', subresource = ''] = what.split('/');
  const ref = Object.values<ResourceRef>(refs).find(one => one.resource === resource)!;
  const namespace = ref.namespaced ? 'default' : '';
  return explainAccess(
    { user, verb, isResource: true, path: '', group: ref.group, resource, subresource, name, namespace },
    facts,
    review,
  );
}

function found(type: string, name: string, facts: Facts): KubeObject {
  const object = facts.find(type, name);
  if (!object) throw new Error(`the script has no ${type} ${name}`);
  return object;
}

const questions: Readonly<Record<string, Question>> = {
  eviction: ([name = ''], facts) => explainEviction(found('pod', name, facts) as Pod, facts),
  field: ([type = '', name = '', path = ''], facts) =>
    explainField(found(type, name, facts), parseFieldPath(path), path, facts.nowMs),
  forbidden: whyForbidden,
};

function answer(question: string, facts: Facts): string {
  const [first = '', ...rest] = question.split(/\s+/);
  const ask = questions[first];
  return explanationText(ask ? ask(rest, facts) : whyObject([first, ...rest], facts));
}

/** The script with the answers that are given now. */
export function runScript(script: string): string {
  const [head = '', ...clusters] = script.split(/^(?=== )/m);
  return head + clusters.map(runCluster).join('');
}

function runCluster(text: string): string {
  const [title = '', ...lines] = text.split('\n');
  const first = lines.findIndex(line => line.startsWith('$ '));
  const yaml = lines.slice(0, first).join('\n');
  const facts = factsOf(yaml);
  const asked = lines.filter(line => line.startsWith('$ '));
  const answers = asked.map(line => `${line}\n${answer(line.replace(/^\$ why /, ''), facts)}`);
  return `${title}\n${yaml}\n${answers.join('\n')}\n`;
}
