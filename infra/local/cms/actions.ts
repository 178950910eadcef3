import { type LocalService } from '../contracts';
import { alarmActions } from './alarm-actions';
import { type CmsModel } from './cms-model';
import { contactActions } from './contact-actions';
import { eventActions } from './event-actions';
import { metricActions } from './metric-actions';

/** CloudMonitor 2019-01-01 as far as healing and its alarms need it. */
export function cmsService(model: CmsModel): LocalService {
  return {
    product: 'Cms',
    version: '2019-01-01',
    actions: {
      ...metricActions(model),
      ...alarmActions(model),
      ...eventActions(model),
      ...contactActions(model),
    },
  };
}
