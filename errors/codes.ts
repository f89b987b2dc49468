/**
 * Every error code of the package with its meaning; docs/errors.md is held to this list by a test.
 * A code once released is never renamed or given another meaning.
 */
export const ERROR_CODES = {
  // models/weights: reading and fetching published weights
  WEIGHTS_FILE_MISSING: 'A weights file does not exist or cannot be opened.',
  WEIGHTS_FORMAT_UNKNOWN: 'A weights file is neither safetensors nor a torch archive.',
  WEIGHTS_DAMAGED: 'A weights file contradicts itself or ends too early.',
  WEIGHTS_LIMIT: 'A weights file announces more than the reader allows.',
  WEIGHTS_UNSAFE_PICKLE:
    'A torch archive asks for a class or function that is not a tensor or a plain container.',
  WEIGHTS_TENSOR_MISSING: 'A tensor that the model needs is not in the weights file.',
  WEIGHTS_TENSOR_SHAPE: 'A tensor has a shape that does not fit the model.',
  WEIGHTS_TENSOR_TYPE: 'A tensor has a data type that cannot be read as numbers.',
  WEIGHTS_CHECKSUM: 'A weights file is not the one that was published: its size or checksum is another.',
  WEIGHTS_FETCH_REFUSED: 'The server will not hand out a weights file; asking again would not help.',
  WEIGHTS_FETCH_FAILED: 'A weights file could not be fetched, after several attempts.',
  WEIGHTS_WRITE: 'A fetched weights file cannot be kept: no room or no right to write.',
  // models/clip: tokens
  TEXT_TOO_LONG: 'A text has more tokens than the text tower reads.',
  TEXT_VOCABULARY: "CLIP's merge table is missing from the package or damaged.",
  // models: building and opening a model folder
  MODEL_MISSING: 'There is no model folder at the given place.',
  MODEL_MANIFEST: 'model.json is missing, unreadable or of an unknown version.',
  MODEL_CORRUPT: 'A file of the model folder does not match the sha256 in model.json.',
  MODEL_CLASS: 'The model has no text features for the class name that was asked for.',
  MODEL_SOURCE: 'A weights file is not the one that the model was built from.',
  MODEL_OPTIONS: 'The options of a build contradict each other or the weights.',
  MODEL_PRECISION:
    'A model cannot be built in the precision asked for: it would say something else than in fp32.',
  MODEL_OUTPUT: 'A model folder cannot be written at the place asked for.',
  MODEL_REFERENCE: 'What was chosen as a model is neither a known name nor an absolute path.',
  MODEL_COMPILE:
    'A model could not be compiled for a GPU: the compiler is missing or failed, or the model has operators that it does not know.',
  MODEL_GPU:
    'A model is not for the device that it is loaded on: it was compiled for another GPU, TensorRT version or device, or the device lacks operators of its precision.',
  // cli: the command `anomalyclip`
  CLI_USAGE: 'The command line was not understood; nothing was done.',
  CLI_FILE_UNREADABLE: 'A file named on the command line does not exist or cannot be opened.',
  CLI_OUTPUT: 'A result could not be written, or would have replaced a file that it must not replace.',
  CLI_INSTALL_GPU: "onnxruntime's libraries for NVIDIA GPUs could not be installed.",
  // nodes: configuration and messages
  NODE_CONFIG: 'A field of a node is missing or outside what it allows.',
  NODE_PROPERTY: 'A property that a node was told to read cannot be read or holds something of another kind.',
  NODE_UNEXPECTED: 'Something failed that the node did not foresee; a fault of this package.',
  // engine: running a model in a process of its own
  ENGINE_OPTIONS: 'The options of an engine are out of range.',
  ENGINE_DEVICE: 'The device that was asked for cannot be used on this machine.',
  ENGINE_LOAD: 'The model could not be loaded into the inference process.',
  ENGINE_SELF_TEST: 'The loaded model does not reproduce the result its manifest promises; it is not served.',
  ENGINE_TOO_LARGE: 'One image is larger than the whole queue may be.',
  ENGINE_QUEUE_FULL: 'The queue is full and its policy refuses what comes in.',
  ENGINE_DROPPED: 'The image lost its place in a full queue, or to a newer one of its source.',
  ENGINE_CANCELLED: 'The caller took the image back.',
  ENGINE_CLOSED: 'The engine was closed before the image was inspected.',
  ENGINE_CRASHED: 'The inference process ended on this image, twice.',
  ENGINE_TIMEOUT:
    'The inference process hung on this image, twice; or the time of its batch was over before the server came to it.',
  ENGINE_INFERENCE: 'The model failed on this image.',
  ENGINE_SERVER_AWAY:
    'The inference server cannot be reached, is not ready, or has not answered in time; it is tried until it is there.',
  ENGINE_SERVER_TLS:
    'The secure connection to the inference server failed: a certificate or key does not fit.',
  ENGINE_SERVER_AUTH: 'The inference server refuses the token or the certificate of this client.',
  ENGINE_SERVER_MODEL:
    'The inference server has no such model, or one whose inputs, outputs or version are not those of the model folder.',
  ENGINE_SERVER_REPLY:
    'An answer of the inference server is not one of the KServe v2 protocol, or not to what was asked.',
  ENGINE_DEPLOYMENT:
    'The record of the model that is in use in place of the chosen one cannot be read or written, or has none to go back to.',
  ENGINE_PROTOCOL: 'Flow and inference process misunderstood each other; a fault in the package.',
  // engine/image: the image of a message
  IMAGE_EMPTY: 'There is no image where one was expected.',
  IMAGE_TYPE: 'What should be an image is a value of another kind.',
  IMAGE_TEXT: 'Text is neither base64, nor a data URL, nor JSON.',
  IMAGE_CARRIER: 'An object carries no image under the names that are looked at.',
  IMAGE_RAW: 'Raw pixels do not fit the width, height and channels given with them.',
  IMAGE_FORMAT: 'Bytes are of no image format, or of no variant of one, that is read.',
  IMAGE_TOO_LARGE: 'An image has more bytes or pixels than allowed; it was not decoded.',
  IMAGE_VIEW:
    'What of an image should be inspected, or in which tiles, is written wrongly or does not fit the image.',
  IMAGE_DAMAGED: 'An image is cut off or damaged and cannot be decoded completely.',
  // inspection: maps, regions and masks
  NPY_FORMAT: 'A .npy file, or what should become one, is not a float32 array as NumPy writes it.',
  MAP_INVALID:
    'An anomaly map has no pixels, values that do not fit its size, or a value that is not finite.',
  MASK_OPTIONS: 'An option of mask encoding, or of the regions it counts, is out of range.',
  MASK_RLE: 'Run lengths are damaged or do not fill the size given with them.',
  MASK_NO_ANOMALY: 'A message to be encoded carries no anomaly, or an incomplete one.',
  MASK_IMAGE_SIZE: 'The image to lay a map over has another size than the one that was inspected.',
  // inspection: thresholds, their calibration, and events
  THRESHOLD_SETTINGS: 'A setting of a threshold is missing, out of range or contradicts another one.',
  THRESHOLD_INPUT: 'A message to a threshold carries no anomaly.',
  THRESHOLD_CONTROL: 'A control message to a threshold is unknown or cannot be obeyed now.',
  THRESHOLD_RECOMMENDATION: 'A threshold recommendation to import is not of the documented format.',
  THRESHOLD_STATE: 'What a context store kept for a threshold is damaged or of an unknown version.',
  THRESHOLD_STORE: 'The context store that keeps what a threshold remembers could not be read or written.',
  EVENT_SETTINGS: 'A setting of an event breaks the rules of CloudEvents or is out of range.',
  EVENT_INPUT: 'A message cannot become an event: its anomaly is missing or incomplete.',
  // evaluation: data sets, metrics and reports
  EVALUATION_MAP: 'An anomaly map and its mask cannot be compared, or a map has values that are not numbers.',
  EVALUATION_MODELS: 'None of the models given is of the methods asked for.',
  EVALUATION_BUSY: 'Another run of the command writes to the output folder of an evaluation.',
  EVALUATION_OUTPUT: 'A file of an evaluation could not be written.',
  EVALUATION_DETAILS: 'What an evaluation has left is missing, damaged or of an unknown version.',
  EVALUATION_DISK:
    'The files in the output folder that pixels are sorted in cannot be written or read: no room, or no right to.',
  // training: learning prompts
  TRAINING_OPTIONS:
    'The options of a training contradict each other, the weights or the prompts to begin with.',
  TRAINING_IMAGES: 'There are no good or no bad images to train on.',
  TRAINING_EXISTS: 'The output folder of a training holds another one, which would be overwritten.',
  TRAINING_RESUME: 'A training that is to go on began with other settings or images.',
  TRAINING_STATE: 'What a training goes on from cannot be read, is damaged or of another version.',
  TRAINING_OUTPUT: 'A file of a training could not be written: no room, or no right to.',
  TRAINING_BUSY: 'Another run of the command writes to the output folder of a training.',
  TRAINING_LOSS: 'A loss or gradient of a training is no finite number; the checkpoints before are kept.',
  // retraining: a model learnt anew from the line's images
  RETRAINING_INPUT:
    'A message that should gather an image, or command a training, says nothing that is known.',
  RETRAINING_IMAGES: 'Too few images were gathered to train on or to compare models with.',
  RETRAINING_MODEL:
    'The present model cannot be trained on: it is of another method, or its weights are not there.',
  RETRAINING_BUSY: 'A training is under way already, in this Node-RED or in another one on the same folder.',
  RETRAINING_STEP: 'A step of a training ended without saying why, or was killed.',
  RETRAINING_OFFER:
    'No new model is offered, what was noted of it is damaged, or the present one is another than it was compared with.',
  RETRAINING_OUTPUT: 'Images or results of a training cannot be written: no room, or no right to.',
  // connect/opcua: certificates, and the session with a server
  OPCUA_PKI: "The folder of this machine's OPC UA certificates cannot be read or written.",
  OPCUA_CERTIFICATE: 'There is no OPC UA certificate of the thumbprint given, or what was given is none.',
  OPCUA_ENDPOINT: 'The endpoint URL of an OPC UA server is wrong, or its host is unknown.',
  OPCUA_OFFLINE: 'There is no session with the OPC UA server at the moment; a new one is being tried for.',
  OPCUA_TIMEOUT: 'The OPC UA server has not answered in time.',
  OPCUA_CONNECTION_LOST: 'The session with the OPC UA server ended under what was being done.',
  OPCUA_UNTRUSTED: "The OPC UA server's certificate is not trusted; nothing is sent to it.",
  OPCUA_SECURITY:
    'Client and OPC UA server do not agree on the security of their connection, or one refuses the other.',
  OPCUA_IDENTITY: 'The OPC UA server refuses the user, or the user cannot be shown to it safely.',
  OPCUA_REFUSED: 'The OPC UA server refuses what was asked of it, with a status code.',
  OPCUA_TYPE: 'A value does not fit the data type of the OPC UA variable it was to be written to.',
  // connect/store: what must survive a power cut
  STORE_LOCKED: 'The store is in use by another process.',
  STORE_FULL: 'The disk of the store is full; what should have been kept was not accepted.',
  STORE_WRITE: 'The store cannot be read or written.',
  STORE_DAMAGED: 'The store is damaged, or of a version that this one cannot read; it was left as it is.',
  STORE_TOO_LARGE: 'One message is larger than the whole outbox may be.',
  STORE_CLOSED: 'The store was closed before it was asked.',
  // connect/mqtt: the way to a broker
  MQTT_SETTINGS: 'A setting of a broker is missing or contradicts another one.',
  MQTT_UNREACHABLE: 'The broker cannot be reached, does not answer or has closed the connection.',
  MQTT_TLS: 'The secure connection to the broker failed: a certificate or key does not fit.',
  MQTT_AUTH: 'The broker refuses the user, the password, the certificate or the client id.',
  MQTT_PROTOCOL: 'The broker and this package do not understand each other.',
  MQTT_TOO_LARGE: 'A message is larger than the broker takes, even without an image.',
  MQTT_TOPIC: 'A topic to publish to cannot be made of its template, the settings and the event.',
  MQTT_REFUSED: 'The broker has refused a message, for good or for now.',
  // connect/opcua: images
  OPCUA_NODE_ID: 'A node id is not text of the form that OPC UA has for it.',
  OPCUA_IMAGE_TOO_LARGE: 'An image is larger than the limit of the node or than a message of OPC UA can be.',
  OPCUA_IMAGE_TORN: 'An image was written anew each time while it was being read.',
  OPCUA_IMAGE_BAD: 'The OPC UA server gives the image, or what announces it, a bad status.',
  OPCUA_IMAGE_EMPTY: 'The OPC UA variable or file holds no bytes.',
  OPCUA_IMAGE_TYPE: 'An OPC UA node is of another type than the image or trigger that was expected there.',
  OPCUA_IMAGE_FILE: 'A method of an OPC UA file failed.',
  // connect/opcua: results for a PLC
  OPCUA_RESULT_INPUT:
    'A message for a PLC holds neither a verdict nor an error, or one that contradicts itself.',
  OPCUA_MAPPING: 'Signals and OPC UA nodes are put together in a way that no handshake can work with.',
  OPCUA_SIGNAL: 'A signal of the handshake cannot be read from or written to its OPC UA node.',
  // connect/opcua: our own server
  OPCUA_SERVER_PORT: 'The port of our OPC UA server is in use by another program.',
  OPCUA_SERVER_START: 'Our OPC UA server could not be started.',
  OPCUA_SERVER_CONFLICT: 'Nodes that share one OPC UA server want different things of it.',
  // evaluation/datasets: images with their truth
  DATASET_UNKNOWN: 'A data set, or a category of one, was asked for by a name that is not known.',
  DATASET_ROOT: 'There is no folder or file at the root of a data set, or no image of it there.',
  DATASET_FILE_MISSING: 'A file that belongs to a data set is missing or cannot be read.',
  DATASET_AMBIGUOUS:
    'Two images or two masks of a data set have one name, so that it is not sure which belong together.',
  DATASET_FILE_SKIPPED:
    'A folder of images holds files of other formats, or folders of images, which were left out.',
  DATASET_UNKNOWN_CLASS: 'A data set holds a class or label that it should not have; it was left out.',
  DATASET_LIST: 'A list of a data set is damaged, or a row of it makes no sense.',
  DATASET_MASK_LABEL: 'The mask of a bad image is black all over, or that of a good image is not.',
  DATASET_MASK_SIZE: 'A mask has another size than its image.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES
