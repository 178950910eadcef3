import { type LocalService } from '../contracts';
import { domainActions } from './domain-actions';
import { type AlidnsModel } from './model';
import { recordActions } from './record-actions';
import { weightActions } from './weight-actions';

/**
 * Alidns 2015-01-09 as far as failing over needs it: one function per API action. They throw `VendorError` with the vendor's codes and
 * statuses. Replies carry no `RequestId`; whoever serves them adds it.
 */
export const alidnsService = (model: AlidnsModel): LocalService => ({
  product: 'Alidns',
  version: '2015-01-09',
  isGlobal: true,
  actions: { ...domainActions(model), ...recordActions(model), ...weightActions(model) },
});
