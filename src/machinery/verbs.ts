import { table } from '#base/members.ts';

/** What requests of a method that are about one object do, as authorization has it. */
export const methodVerbs = table<string>({
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
});
