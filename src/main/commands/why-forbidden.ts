import { subjectAccessReviews } from '#api/generated/refs.ts';
import { type CliContext, CliError } from '#cli/index.ts';
import { hasReason } from '#machinery/status.ts';
import { explainAccess, gatherAccess, type ReviewStatus } from '#why/access/explain.ts';
import type { AccessQuestion } from '#why/access/near-misses.ts';
import { userOf } from '#why/access/user.ts';
import type { Explanation } from '#why/explanation.ts';
import { gathererOf } from './why-gatherer.ts';

export async function whyForbidden(context: CliContext): Promise<Explanation> {
  const question = await questionOf(context);
  const gatherer = await gathererOf(context);
  const [review] = await Promise.all([reviewOf(context, question), gatherAccess(question, gatherer)]);
  return explainAccess(question, gatherer.facts(), review);
}

async function questionOf(context: CliContext): Promise<AccessQuestion> {
  const [who, verb, what, name = '', ...more] = context.args;
  if (!who || !verb || !what || more.length > 0)
    throw new CliError(
      `USER, VERB and TYPE are wanted, and nothing after NAME.\nSee '${context.commandPath} -h'`,
    );
  const user = userOf(who, context.flags.list('as-group'));
  if (what.startsWith('/')) {
    return {
      user,
      verb,
      isResource: false,
      path: what,
      group: '',
      resource: '',
      subresource: '',
      name: '',
      namespace: '',
    };
  }
  const [type = '', subresource = ''] = what.split('/');
  const mapping = type === '*' ? undefined : (await context.mapper()).resource(type);
  const everywhere = context.flags.bool('all-namespaces') || mapping?.namespaced === false;
  return {
    user,
    verb,
    isResource: true,
    path: '',
    group: mapping?.group ?? '*',
    resource: mapping?.resource ?? '*',
    subresource,
    name,
    namespace: everywhere ? '' : (await context.namespace()).name,
  };
}

/** The server's own answer; undefined where it may not be asked. */
async function reviewOf(context: CliContext, question: AccessQuestion): Promise<ReviewStatus | undefined> {
  const { user, verb, isResource, path, group, resource, subresource, name, namespace } = question;
  const client = await context.client();
  try {
    const { status } = await client.create(subjectAccessReviews, {
      metadata: {},
      spec: {
        user: user.name,
        groups: [...user.groups],
        ...(isResource
          ? { resourceAttributes: { verb, group, resource, subresource, name, namespace } }
          : { nonResourceAttributes: { verb, path } }),
      },
    });
    return status;
  } catch (error) {
    if (hasReason(error, 'Forbidden')) return undefined;
    throw error;
  }
}
