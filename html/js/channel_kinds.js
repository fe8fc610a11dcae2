/** The kinds of channels that the hub knows, and which of them can be used here. */
import { get } from './api.js';
import { fromResource } from './store.js';
import { useLoad } from './use_load.js';

export const readKinds = async (signal) => (await get('/channel-kinds', { signal })).data.map(fromResource);

/** {data, problem}; again whenever everything is asked again. */
export const useKinds = () => useLoad(readKinds, []).value;

export const kindOf = (kinds, { kind }) => kinds?.find(({ id }) => id === kind);
