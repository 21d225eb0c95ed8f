/* What is answered by other means than one function: api/face knows how. */
#include "api/api.h"

const struct api_operation api_stream_open = {
    .name = "stream.open",
    .method = "GET",
    .path = "/stream",
    .role = API_VIEWER,
    .summary = "Follow what is new, as server-sent events",
    .help = "`alert` when one is opened or changed, `counts` every five seconds when they changed, "
            "`health` when alarms did, `reset` when more happened than is sent one by one. The "
            "header Last-Event-ID goes on where a stream was cut. A stream ends seconds after its "
            "token was revoked, and after a quarter of an hour at the latest.",
    .special = API_STREAMS,
};

const struct api_operation api_openapi_show = {
    .name = "openapi.show",
    .method = "GET",
    .path = "/openapi.json",
    .role = API_VIEWER,
    .summary = "Describe all operations, as an OpenAPI document",
    .special = API_DESCRIBES,
};
