import type { Pod } from '#api/generated/types/core.v1.ts';
import { table } from '#base/members.ts';
import { fieldError, fieldErrorText } from '#machinery/field.ts';
import { checkLabelValue, checkQualifiedName } from '#machinery/names.ts';
import { statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { type AdmissionPlugin, creationOf } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

type Labels = Readonly<Record<string, string>>;

/** By namespace, the labels that its pods may ask of nodes, as text; by `clusterDefaultNodeSelector` those that pods elsewhere get. */
export type NodeSelectors = Readonly<Record<string, string>>;

const annotation = 'scheduler.alpha.kubernetes.io/node-selector';
const byDefault = 'clusterDefaultNodeSelector';

/** Pods run on the nodes that are meant for their namespace. */
export function podNodeSelector(namespaces: ResourceCache, selectors: NodeSelectors): AdmissionPlugin {
  const known = table(selectors);
  const wantedIn = (namespace: string) => {
    const found = namespaces.get(namespace);
    if (!found) throw statusError.notFound({ group: '', resource: 'namespaces' }, namespace);
    return labelsOf(found.object.metadata.annotations?.[annotation] ?? known[byDefault]);
  };
  const check = (request: AdmissionRequest) => {
    const { served, namespace, object } = request;
    const { metadata, spec } = object as Pod;
    const own = spec?.nodeSelector ?? {};
    const wanted = wantedIn(namespace);
    const refuse = (why: string) => statusError.forbidden(served.what, metadata.name ?? '', why);
    if (Object.entries(own).some(([key, value]) => (wanted[key] ?? value) !== value)) {
      throw refuse('pod node label selector conflicts with its namespace node label selector');
    }
    return { own, wanted, refuse };
  };
  const checkAllowed = (request: AdmissionRequest) => {
    const { own, refuse } = check(request);
    const allowed = labelsOf(known[request.namespace]);
    if (Object.keys(allowed).length === 0) return;
    if (Object.entries(own).some(([key, value]) => allowed[key] !== value)) {
      throw refuse('pod node label selector labels conflict with its namespace whitelist');
    }
  };
  return {
    name: 'PodNodeSelector',
    concerns: creationOf('core/pods'),
    mutate(request) {
      const { own, wanted } = check(request);
      const { spec } = request.object as Pod;
      if (Object.keys(wanted).length > 0) spec!.nodeSelector = { ...wanted, ...own };
      checkAllowed(request);
    },
    validate: checkAllowed,
  };
}

/** `a=b,c=d` as labels. Throws StatusError for what is none. */
function labelsOf(text: string | undefined): Labels {
  const problem = selectorProblem(text ?? '');
  if (problem !== undefined) throw statusError.unclassified(problem);
  return table(Object.fromEntries(pairsOf(text ?? '')));
}

function pairsOf(text: string): [string, string][] {
  if (text === '') return [];
  return text.split(',').map(pair => pair.split('=').map(part => part.trim()) as [string, string]);
}

/** What is wrong with such a text, if anything is. */
export function selectorProblem(text: string): string | undefined {
  if (text === '') return undefined;
  for (const pair of text.split(',')) {
    const parts = pair.split('=');
    if (parts.length !== 2) return `invalid selector: [${parts.join(' ')}]`;
    const [key, value] = parts.map(part => part.trim()) as [string, string];
    const problems = [
      { wrong: checkQualifiedName(key), path: '<nil>', shown: key },
      { wrong: checkLabelValue(value), path: `[${key}]`, shown: value },
    ];
    const found = problems.find(({ wrong }) => wrong.length > 0);
    if (found) return fieldErrorText(fieldError.invalid(found.path, found.shown, found.wrong.join('; ')));
  }
  return undefined;
}
