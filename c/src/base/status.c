/* Names and messages of statuses, for native users. JS has them generated. */
#include "qbwasm.h"

const char *qb_status_name(qb_status_t status) {
    switch (status) {
#define QB_X(name, value, message)                                                                 \
    case QB_##name: return "QB_" #name;
        QB_STATUS_LIST(QB_X)
#undef QB_X
    }
    return "QB_E_UNKNOWN";
}

const char *qb_status_message(qb_status_t status) {
    switch (status) {
#define QB_X(name, value, message)                                                                 \
    case QB_##name: return message;
        QB_STATUS_LIST(QB_X)
#undef QB_X
    }
    return "unknown status";
}
