/** A hook: what judge(at) says of the moment up to which the hub was heard; redraws only when that changes. */
import { useMemo } from 'preact/hooks';
import { computed } from '@preact/signals';
import { heardUntil } from './connection.js';

export const useJudged = (judge, keys) => useMemo(() => computed(() => judge(heardUntil.value)), keys).value;
