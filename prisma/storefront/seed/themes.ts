/** What a made-up creator talks about. The order is the catalogue's: product n belongs to theme n % 12. */
export interface Theme {
  readonly hashtag: string;
  /** What a profile says, one of. */
  readonly bios: readonly string[];
  /** Things a title can be about. */
  readonly things: readonly string[];
  /** Titles; `{thing}` stands for one of `things`. */
  readonly titles: readonly string[];
  readonly captions: readonly string[];
  readonly comments: readonly string[];
}

/** The twelve themes. All texts were made up for this seed. */
export const themes: readonly Theme[] = [
  {
    hashtag: "batik",
    bios: ["Kolektor batik dari Solo. Cerita di balik tiap motif.", "Batik harian, dari kantor sampai kondangan."],
    things: ["kemeja batik tulis", "kain batik Lasem", "outer batik cap", "batik parang", "sarung Pekalongan"],
    titles: [
      "Bedain {thing} asli sama printing",
      "{thing} buat ke kantor, masuk nggak?",
      "Tiga gaya pakai {thing}",
      "Cara cuci {thing} biar nggak luntur",
      "Proses bikin {thing} dari malam sampai lorod",
    ],
    captions: ["Canting dulu, baru gaya. Detail motifnya ada di akhir video.", "Adem dipakai seharian di Jakarta."],
    comments: ["motifnya cakep banget kak", "ini batik tulis apa cap?", "buat seragam keluarga bisa pesan nggak ya"],
  },
  {
    hashtag: "hijabdaily",
    bios: ["Tutorial hijab lima menit, anti ribet.", "Ibu dua anak, tim hijab menutup dada."],
    things: ["pashmina kaos", "hijab segi empat voal", "bergo instan", "pashmina ceruty", "ciput rajut"],
    titles: [
      "{thing} yang nggak melorot seharian",
      "Tutorial {thing} buat wajah bulat",
      "{thing} di bawah lima puluh ribu, serius?",
      "Warna {thing} yang cocok buat kulit sawo matang",
      "Lima menit beres: {thing} ke kondangan",
    ],
    captions: ["Tanpa jarum, tanpa drama. Simpan dulu, praktik besok pagi.", "Dites naik ojek dari Depok ke Sudirman."],
    comments: ["nerawang nggak kak?", "adem nggak buat di luar ruangan", "warna mocca selalu juara"],
  },
  {
    hashtag: "kopinusantara",
    bios: ["Barista rumahan. Sangrai kecil, cerita panjang.", "Jalan dari kebun ke cangkir."],
    things: ["kopi Gayo", "kopi Toraja", "robusta Temanggung", "kopi Kintamani", "kopi Bajawa"],
    titles: [
      "Seduh {thing} pakai alat seadanya",
      "{thing}: manis, asam, atau pahit?",
      "Resep kopi susu gula aren dari {thing}",
      "V60 {thing}, rasio yang aku pakai",
      "Berkunjung ke kebun {thing}",
    ],
    captions: ["Rasio 1:15, air 92 derajat. Sisanya sabar.", "Giling tepat sebelum seduh, bedanya jauh."],
    comments: ["giling ukuran berapa bang?", "buat tubruk enak nggak?", "gayo emang nggak pernah salah"],
  },
  {
    hashtag: "pedasnagih",
    bios: ["Tukang cicip sambal dari Sabang sampai Merauke.", "Level pedas: tetangga ikut bersin."],
    things: ["sambal roa", "sambal matah", "sambal bawang", "sambal cumi asin", "sambal andaliman"],
    titles: [
      "Makan nasi panas cuma pakai {thing}",
      "{thing} satu sendok, kuat nggak?",
      "Empat lauk yang cocok sama {thing}",
      "Ranking pedas: {thing} nomor berapa?",
      "Bekal kantor: {thing} tahan berapa hari?",
    ],
    captions: ["Siapkan es teh. Aku sudah ingatkan.", "Nasi habis dua piring, salah siapa."],
    comments: ["pedasnya nampol tapi nagih", "aman buat lambung nggak nih", "bisa dikirim ke Makassar?"],
  },
  {
    hashtag: "camilan",
    bios: ["Kurator camilan kriuk se-Indonesia.", "Ngemil itu hobi, bukan hukuman."],
    things: ["keripik singkong balado", "keripik tempe", "keripik pisang cokelat", "kerupuk kulit", "keripik kaca"],
    titles: [
      "Tes bunyi: {thing} paling kriuk",
      "{thing} buat teman nonton bola",
      "Isi satu bungkus {thing} berapa sih?",
      "Oleh-oleh {thing} yang tahan lama",
      "Buka {thing}, satu rumah langsung kumpul",
    ],
    captions: ["Pakai penyuara telinga biar kedengaran kriuknya.", "Sekali buka, nggak bisa tutup lagi."],
    comments: ["rasa balado paling enak", "melempem nggak kalau dikirim jauh?", "habis sebungkus sendirian"],
  },
  {
    hashtag: "skincarelokal",
    bios: ["Kulit kombinasi, dompet mahasiswa.", "Baca komposisi dulu, baru beli."],
    things: ["serum niacinamide", "tabir surya", "toner mugwort", "pelembap ceramide", "sabun muka lembut"],
    titles: [
      "Dua minggu pakai {thing}, ini hasilnya",
      "Urutan pakai {thing} yang benar",
      "{thing} buat kulit berminyak",
      "Jangan campur {thing} sama ini",
      "{thing} lokal yang nggak bikin perih",
    ],
    captions: ["Bukan dokter ya, cuma rajin baca label.", "Tes di punggung tangan dulu, jangan langsung ke wajah."],
    comments: ["buat kulit sensitif aman?", "bikin muka abu-abu nggak kak", "aku cocok banget, repurchase terus"],
  },
  {
    hashtag: "sepatulokal",
    bios: ["Jalan kaki tiap hari, sepatu diuji beneran.", "Dari Cibaduyut untuk trotoar kota."],
    things: ["sneakers kanvas", "sepatu kulit Cibaduyut", "sandal gunung", "sepatu lari", "loafers"],
    titles: [
      "Seratus kilometer pakai {thing}",
      "{thing} buat kaki lebar",
      "Ukuran {thing}: naik satu nomor apa pas?",
      "Bersihin {thing} pakai bahan dapur",
      "Kenapa {thing} lokal makin bagus",
    ],
    captions: ["Sol masih utuh, kaki masih waras.", "Ukur telapak di kertas dulu biar nggak salah nomor."],
    comments: ["size 44 ada nggak bang", "licin nggak pas hujan?", "jahitannya rapi parah"],
  },
  {
    hashtag: "taskekinian",
    bios: ["Isi tasku lebih rapi dari kamarku.", "Tas kerja, tas main, tas kondangan."],
    things: ["totebag kanvas", "tas selempang", "ransel laptop", "tas anyaman", "dompet kulit"],
    titles: [
      "Apa saja yang muat di {thing}",
      "{thing} buat ngantor naik KRL",
      "Uji hujan: {thing} tembus nggak?",
      "{thing} satu buat seminggu",
      "Cara simpan {thing} biar nggak penyok",
    ],
    captions: ["Muat laptop 14 inci, botol minum, dan mukena.", "Talinya kuat, sudah diajak rebutan kursi kereta."],
    comments: ["muat laptop 15 inci nggak?", "warna hitam masih ada kak?", "ritsletingnya lancar nggak"],
  },
  {
    hashtag: "mainananak",
    bios: ["Ayah penuh waktu, pengetes mainan paruh waktu.", "Main sambil belajar, rumah tetap berantakan."],
    things: ["balok kayu", "puzzle peta Indonesia", "congklak", "mainan masak-masakan", "kartu huruf"],
    titles: [
      "{thing} bikin anak lupa gawai satu jam",
      "Umur berapa cocoknya {thing}?",
      "Cek aman: {thing} buat balita",
      "Main {thing} bareng kakek",
      "Ide main {thing} waktu hujan",
    ],
    captions: ["Tepinya halus, catnya nggak berbau.", "Yang main anaknya, yang rebutan bapaknya."],
    comments: ["anakku tiga tahun cocok nggak ya", "catnya aman kalau digigit?", "keponakan pasti suka"],
  },
  {
    hashtag: "dapurmungil",
    bios: ["Dapur dua kali dua meter, masakan tetap jadi.", "Resep hemat anak kos naik level."],
    things: ["wajan anti lengket", "pisau dapur", "cobek batu", "panci presto kecil", "talenan kayu"],
    titles: [
      "Setahun pakai {thing}, masih layak?",
      "{thing} yang paling sering aku pakai",
      "Masak sekali pakai {thing}, makan tiga hari",
      "Salah kaprah merawat {thing}",
      "{thing} pertama buat anak kos",
    ],
    captions: ["Telurnya meluncur sendiri, sumpah.", "Bersihin selagi hangat, jangan direndam semalaman."],
    comments: ["cocok buat kompor induksi?", "berat nggak kak", "akhirnya ada yang bahas ini"],
  },
  {
    hashtag: "gawairumah",
    bios: ["Elektronik kecil, manfaat besar, listrik irit.", "Bongkar dulu, beli kemudian."],
    things: ["kipas meja USB", "lampu belajar LED", "penanak nasi mini", "penyuara telinga", "timbangan digital"],
    titles: [
      "Berapa watt sebenarnya {thing} ini?",
      "{thing} murah, awet nggak?",
      "Bongkar {thing}: isinya apa",
      "Tiga hal sebelum beli {thing}",
      "{thing} buat kamar kos 900 VA",
    ],
    captions: ["Diukur pakai wattmeter, bukan kira-kira.", "Garansinya dicoba klaim juga, tonton sampai habis."],
    comments: ["garansi berapa lama bang?", "suaranya berisik nggak", "colokannya tipe apa"],
  },
  {
    hashtag: "kriyalokal",
    bios: ["Anyam, ukir, tenun: tangan orang kita.", "Keliling sentra kerajinan tiap akhir pekan."],
    things: ["keranjang rotan", "anyaman pandan", "gerabah Kasongan", "ukiran Jepara", "tenun ikat Sumba"],
    titles: [
      "Tiga hari bikin satu {thing}",
      "{thing} buat ruang tamu kecil",
      "Ketemu perajin {thing} umur 70 tahun",
      "Merawat {thing} biar nggak jamuran",
      "Kado nikah: {thing}, kenapa tidak?",
    ],
    captions: ["Tiap potong beda, karena tangan memang nggak fotokopi.", "Langsung dari bengkel perajinnya."],
    comments: ["halus banget anyamannya", "bisa pesan ukuran khusus?", "salut sama perajinnya"],
  },
];

/** Names of made-up people. */
export const givenNames: readonly string[] = (
  "Ayu Bagas Citra Dimas Eka Fajar Gita Hendra Intan Joko Kartika Laras Maya Nanda Oki Putri Rangga Sari Tegar Utami " +
  "Vina Wahyu Yanti Zaki Bayu Dewi Rizky Melati Agus Ratna"
).split(" ");

/** Family names or second names of made-up people. */
export const secondNames: readonly string[] = (
  "Pratama Wulandari Siregar Nugroho Lestari Hidayat Sihombing Permata Kusuma Rahmawati Saputra Maharani Santoso " +
  "Tanjung Wijaya Anggraini Setiawan Puspita Manurung Hakim"
).split(" ");

/** Comments that fit under any video. */
export const commonComments: readonly string[] = [
  "baru checkout, semoga cepat sampai",
  "makasih infonya kak, sangat membantu",
  "kapan live lagi?",
  "harganya masih segitu nggak?",
  "udah order minggu lalu, puas",
  "ini yang aku cari dari kemarin",
  "spill tokonya dong",
  "videonya singkat tapi jelas",
  "ditunggu part 2",
  "kirim ke Balikpapan berapa hari ya",
];

/** Titles of live sessions; `{thing}` stands for one of a theme's things. */
export const liveTitles: readonly string[] = [
  "Ngobrol santai sambil bahas {thing}",
  "Tanya jawab: {thing}",
  "Lihat {thing} dari dekat",
  "Pilih-pilih {thing} bareng",
];
