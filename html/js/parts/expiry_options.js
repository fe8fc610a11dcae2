/** How long before the end of a certificate or domain a monitor is degraded. */
import { plural } from '../format.js';
import { EXPIRY_DAYS } from '../model/monitor_fields.js';

export const expiryOptions = () => [['', 'Only once it has ended'], ...EXPIRY_DAYS.map((one) => [String(one), `${plural(one, 'day')} before`])];
