import type { ErrorCode } from './error-code.ts';

/**
 * Error numbers of MySQL (its manual's error reference), of its client library (2000 and up), of RDS Proxy (9501) and of
 * TiDB (its error list: 8000 and up, and 1907).
 */
const BY_ERRNO: Readonly<Partial<Record<ErrorCode, string>>> = {
  AUTH: '1045 1130 1251 1524 1698 1820 1862 3118 3955',
  PERMISSION: '1044 1095 1142 1143 1227 1370 1410 1419 3530',
  CONFIG: '1046 1049 1102 3159',
  SYNTAX:
    '1050 1051 1052 1054 1055 1056 1059 1060 1061 1064 1065 1066 1072 1091 1093 1096 1109 1110 1111 1136 1140 1146 1149 ' +
    '1193 1222 1241 1247 1248 1288 1304 1305 1318 1327 1582 1583 1630 3065',
  CONSTRAINT: '1022 1048 1062 1169 1216 1217 1364 1451 1452 1557 1586 1761 1762 1859 3819',
  // 1205, 3572 and 9004 are locks not granted in time; 1020 and 1412 changes made meanwhile.
  CONFLICT: '1020 1205 1213 1412 1613 1614 3058 3101 3572 8002 8005 8022 8028 9004 9007',
  DATA:
    '1153 1172 1210 1242 1264 1265 1267 1270 1271 1292 1300 1301 1365 1366 1367 1406 1411 1416 1441 1526 1690 ' +
    '3140 3141 3143 3144 3146 3147 3149 3150 3151 3152 3153 3154 3155 3156 3157 3158',
  THROTTLED: '1040 1203 1226 9003 9501',
  READ_ONLY: '1290 1792 1836',
  TIMEOUT: '1317 1907 1969 3024',
  TRANSACTION: '1179 1399 1400 1401 1402 1568',
  UNSUPPORTED: '1235 1295 8048 8108 8200',
  UNREACHABLE:
    '1053 1077 1078 1079 1080 1129 1152 1158 1159 1160 1161 1184 1927 2002 2003 2006 2013 2055 3169 4031 9001 9002 9005',
};

/** For numbers that are not listed, and for SIGNAL, which sets the state and not the number. */
const BY_CLASS: Readonly<Record<string, ErrorCode>> = {
  '08': 'UNREACHABLE',
  '0A': 'UNSUPPORTED',
  '21': 'DATA',
  '22': 'DATA',
  '23': 'CONSTRAINT',
  '25': 'TRANSACTION',
  '28': 'AUTH',
  '40': 'CONFLICT',
  '42': 'SYNTAX',
};

/** ER_OPTION_PREVENTS_STATEMENT; the message names the option, `--read-only` and `--super-read-only` among others. */
const PREVENTED_BY_OPTION = 1290;

/**
 * What an error number of MySQL or TiDB means, or else its SQLSTATE; `DATABASE` where neither is known. `message`: the
 * server's, for the one number that says too little.
 */
export function mysqlErrorCode(errno: number, sqlState?: string, message?: string): ErrorCode {
  if (errno === PREVENTED_BY_OPTION && message !== undefined && !message.includes('read-only')) return 'UNSUPPORTED';
  for (const [code, numbers] of Object.entries(BY_ERRNO)) {
    if (numbers.split(' ').includes(String(errno))) return code as ErrorCode;
  }
  return BY_CLASS[sqlState?.slice(0, 2) ?? ''] ?? 'DATABASE';
}
